import Policy
import SMTPProtocol

/// A refusal as Postfix words it, as an action of a policy.
struct PostfixReply: Sendable {
    /// `reject`, `defer` or `disconnect`.
    let action: String
    let text: String
    /// Whether characters that a reply cannot hold were replaced, or the text was cut.
    let isChanged: Bool

    /// As long as a reply line allows, with room for the session's identifier.
    private static let textLimit = 400

    /// A refusal of header_checks(5). An enhanced status code that begins with 4 makes it one for now.
    init(headerChecks text: PostfixText, code: Int = 550) {
        let (enhanced, rest) = Self.split(text, code)
        let isForNow = code >= 500 && enhanced.hasPrefix("4")
        self.init(isForNow ? 451 : code, enhanced, rest, standard: "message content rejected") { $0 }
    }

    /// A refusal of access(5). An enhanced status code takes the class of the code, and says of what is looked up what
    /// it may have said of something else.
    init(access text: PostfixText, code: Int, for subject: PostfixAccessSubject) {
        let (enhanced, rest) = Self.split(text, code)
        let detail = subject.statusDetail(String(enhanced.dropFirst(2)))
        self.init(code, "\(code / 100).\(detail)", rest, standard: "Access denied", around: subject.refusal)
    }

    private init(
        _ code: Int, _ enhanced: String, _ text: PostfixText, standard: String, around: (String) -> String
    ) {
        let wanted = text.isEmpty ? standard : text.template
        let printable = String(wanted.map { $0.isASCII && $0 >= " " && $0 != "\u{7F}" ? $0 : "?" })
        let kept = String(printable.prefix(Self.textLimit))
        isChanged = kept != wanted
        action = code == 421 ? "disconnect" : code < 500 ? "defer" : "reject"
        self.text = "\(code) \(enhanced) \(around(kept))"
    }

    /// The enhanced status code that a text begins with, or the one that goes with the code, and the rest.
    private static func split(_ text: PostfixText, _ code: Int) -> (enhanced: String, rest: PostfixText) {
        if let (word, rest) = text.splittingFirstWord(), EnhancedStatusCode(word) != nil, !word.hasPrefix("2") {
            return (word, rest)
        }
        return (code < 500 ? "4.7.1" : "5.7.1", text)
    }
}
