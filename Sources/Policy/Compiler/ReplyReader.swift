import SMTPProtocol

/// Reads the reply of a refusal or an answer: `552 5.3.4 Too large`, or the text alone.
///
///     reply = [ code SP [ enhanced SP ] ] text
struct ReplyReader {
    let compilation: Compilation
    let rule: RuleDraft
    let action: ActionName
    /// A reply line has 512 octets with its codes and line end [RFC 5321, 4.5.3.1.5].
    static let longestText = 490

    /// The reply as far as it is given, or nil with a diagnostic.
    func read(_ text: Located<String>) -> ReplyDraft? {
        var words = text.value.split(separator: " ", omittingEmptySubsequences: true)[...]
        var draft = ReplyDraft(text: TextTemplate([]), location: text.location)
        if let first = words.first, Self.looksLikeCode(first) {
            guard let code = code(first, at: text.location) else { return nil }
            draft.code = code
            words = words.dropFirst()
        } else if action == .reply {
            compilation.error(at: text.location, "`reply` expects a complete reply, such as `252 2.5.0 Cannot verify`")
            return nil
        }
        if let word = words.first, Self.looksLikeEnhancedCode(word) {
            guard let code = draft.code else {
                let example = ReplyRange.example(of: action)
                compilation.error(
                    at: text.location,
                    "the enhanced status code \(word) stands behind a reply code, as in `\(example) \(word)`"
                )
                return nil
            }
            guard let enhanced = enhancedStatusCode(word, code: code, at: text.location) else { return nil }
            draft.enhancedStatusCode = enhanced
            words = words.dropFirst()
        }
        guard let template = template(Located(words.joined(separator: " "), at: text.location)) else { return nil }
        draft.text = template
        return draft
    }

    private func template(_ text: Located<String>) -> TextTemplate? {
        if text.value.isEmpty {
            compilation.error(at: text.location, "`\(action.rawValue)` expects a text behind the code")
            return nil
        }
        if let scalar = text.value.unicodeScalars.first(where: { $0.value < 0x20 || $0.value > 0x7e }) {
            let name =
                "U+" + String(repeating: "0", count: max(0, 4 - String(scalar.value, radix: 16).count))
                + String(scalar.value, radix: 16, uppercase: true)
            compilation.error(at: text.location, "a reply is printable ASCII; it cannot hold the character \(name)")
            return nil
        }
        if text.value.utf8.count > Self.longestText {
            compilation.error(at: text.location, "the text is longer than a reply can hold: \(Self.longestText) octets")
            return nil
        }
        return TemplateReader(compilation: compilation, rule: rule, clean: PeerText.forReply).read(text)
    }

    private func code(_ word: Substring, at location: SourceLocation) -> ReplyCode? {
        guard word.utf8.count == 3, let number = UInt16(word), let code = ReplyCode(rawValue: number) else {
            let reason =
                word.contains("-")
                ? "a reply is one line, code and text" : "a text that begins with a number stands behind a code"
            compilation.error(at: location, "`\(word)` is not a reply code; \(reason)")
            return nil
        }
        if number == 421, action != .disconnect {
            if action != .defer {
                compilation.error(at: location, "421 ends the session; use `disconnect`")
                return nil
            }
            return code
        }
        guard ReplyRange.allows(action, number) else {
            compilation.error(
                at: location, "`\(action.rawValue)` takes \(ReplyRange.description(of: action)), not \(number)"
            )
            return nil
        }
        return code
    }

    private func enhancedStatusCode(
        _ word: Substring,
        code: ReplyCode,
        at location: SourceLocation
    ) -> EnhancedStatusCode? {
        guard let enhanced = EnhancedStatusCode(String(word)) else {
            compilation.error(at: location, "`\(word)` is not an enhanced status code [RFC 3463]")
            return nil
        }
        let expected = code.rawValue / 100
        guard word.hasPrefix("\(expected).") else {
            compilation.error(
                at: location,
                "the enhanced status code \(word) contradicts the code \(code.rawValue); "
                    + "expected one that begins with \(expected)"
            )
            return nil
        }
        return enhanced
    }

    /// Three digits, what was meant as such, or as a reply of several lines.
    private static func looksLikeCode(_ word: Substring) -> Bool {
        let digits = word.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        let next = word.utf8.dropFirst(digits.count).first
        return digits.count >= 3 && (next == nil || next == UInt8(ascii: "-"))
    }

    /// Three numbers with dots between them.
    private static func looksLikeEnhancedCode(_ word: Substring) -> Bool {
        let parts = word.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
    }
}

/// The reply codes that an action may give.
enum ReplyRange {
    static func codes(of action: ActionName) -> ClosedRange<UInt16> {
        switch action {
        case .disconnect: 421...421
        case .defer: 400...499
        case .reply: 200...599
        default: 500...599
        }
    }

    static func description(of action: ActionName) -> String {
        switch action {
        case .disconnect: "the code 421"
        case .defer: "a code from 400 to 499"
        case .reply: "a code from 200 to 299 or 400 to 599"
        default: "a code from 500 to 599"
        }
    }

    /// A code that the action may give, for diagnostics.
    static func example(of action: ActionName) -> UInt16 {
        switch action {
        case .disconnect: 421
        case .defer: 450
        case .reply: 252
        default: 550
        }
    }

    /// Whether an action may give a code.
    static func allows(_ action: ActionName, _ code: UInt16) -> Bool {
        codes(of: action).contains(code) && !(300...399).contains(code)
    }
}
