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

    /// A reply of a code; a text that begins with an enhanced status code keeps it. `around` puts the text into what
    /// Postfix says around it.
    init(code: Int, _ text: PostfixText, standard: String, around: (String) -> String = { $0 }) {
        var code = code
        var enhanced = code < 500 ? "4.7.1" : "5.7.1"
        var rest = text
        if let (word, behind) = text.splittingFirstWord(), EnhancedStatusCode(word) != nil, !word.hasPrefix("2") {
            enhanced = word
            rest = behind
            // Postfix takes the class of the enhanced status code for that of the reply.
            if word.hasPrefix("4"), code >= 500 { code = 450 }
            if word.hasPrefix("5"), code < 500 { enhanced = "4" + word.dropFirst() }
        }
        let wanted = rest.isEmpty ? standard : rest.template
        let printable = String(wanted.map { $0.isASCII && $0 >= " " && $0 != "\u{7F}" ? $0 : "?" })
        let kept = String(printable.prefix(Self.textLimit))
        isChanged = kept != wanted
        action = code == 421 ? "disconnect" : code < 500 ? "defer" : "reject"
        self.text = "\(code) \(enhanced) \(around(kept))"
    }
}
