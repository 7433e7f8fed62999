/// A text to put under what people write.
public struct Footer: Sendable {
    private let plain: String
    private let html: [UInt8]

    /// - Parameters:
    ///   - text: Lines that end with LF.
    ///   - html: What stands for it in HTML; made from the text when nil.
    public init(text: String, html: String? = nil) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.last?.isEmpty == true { lines.removeLast() }
        plain = lines.joined(separator: "\r\n")
        self.html = Self.ascii(html ?? "<p>" + lines.map(Self.escaped).joined(separator: "<br>\r\n") + "</p>")
    }

    /// The octets for a part in a charset; nil when a text cannot be put under what others have written in it.
    func octets(isHTML: Bool, charset: Charset) -> [UInt8]? {
        if case .converted(let name) = charset, name.hasPrefix("UTF-") || name == "ISO-2022-KR" { return nil }
        if isHTML { return html }
        var converters = CharsetConverters()
        return converters.octets(of: plain, in: charset)
    }

    var isASCII: Bool { plain.utf8.allSatisfy { $0 < 0x80 } }

    private static func escaped(_ line: String) -> String {
        line.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }

    /// Characters beyond ASCII as numbers, which are the same in every charset.
    private static func ascii(_ html: String) -> [UInt8] {
        html.unicodeScalars.flatMap { scalar in
            scalar.isASCII ? [UInt8(scalar.value)] : Array("&#\(scalar.value);".utf8)
        }
    }
}

extension ContentPlan {
    /// Puts a footer under the text of the message: every form of it where there are alternatives, and nothing that is
    /// attached or a message within. A body that has it already stays. False when there is no text to put it under.
    ///
    /// - Parameter inSealed: signed parts are changed too.
    public mutating func append(_ footer: Footer, inSealed: Bool = false) -> Bool {
        let texts = textParts(of: 0).filter { !isReplaced($0) && (inSealed || !structure.parts[$0].isSealed) }
        var isAppended = false
        for index in texts where append(footer, to: index) { isAppended = true }
        return isAppended
    }

    private mutating func append(_ footer: Footer, to index: Int) -> Bool {
        let part = structure.parts[index]
        let isHTML = part.type.subtype == "html"
        var header = ContentHeaderChange()
        var charset = part.charset.isEmpty ? Charset.ascii : Charset(name: part.charset.utf8)
        if charset == .ascii, !footer.isASCII, !isHTML, !part.hasEightBit {
            header.charset = "utf-8"
            charset = .utf8
        }
        guard let charset, let text = footer.octets(isHTML: isHTML, charset: charset) else { return false }
        var encoding = part.encoding
        if encoding.isIdentity, !part.hasEightBit, text.contains(where: { $0 >= 0x80 }) {
            encoding = .quotedPrintable
            header.encoding = encoding
        }
        let isLast = part.body.upperBound == structure.octets
        add(TextAddition(text, isHTML: isHTML, isLast: isLast), to: index, header: header, encoding: encoding)
        return true
    }

    /// The parts that make up the text of a part.
    private func textParts(of index: Int) -> [Int] {
        let part = structure.parts[index]
        if part.isAttachment { return [] }
        if !part.isContainer {
            return part.type.isText && ["plain", "html"].contains(part.type.subtype) ? [index] : []
        }
        guard part.type.isMultipart else { return [] }
        let children = structure.parts.indices.filter { structure.parts[$0].parent == index }
        return part.type.subtype == "alternative" ? children.flatMap(textParts) : children.first.map(textParts) ?? []
    }
}
