import MailMessage
import Patterns

/// The text that `append-text` puts under what people write.
struct FooterText: Sendable {
    var text: TextTemplate
    /// What stands for it in HTML; made from the text when nil.
    var html: TextTemplate?
    /// Signed messages are changed too.
    var changesSigned = false

    func render(_ reader: inout AttributeReader, _ facts: Facts, match: PatternMatch?) -> Footer {
        Footer(
            text: text.render(&reader, facts, match: match, clean: PeerText.forHeader),
            html: html?.render(&reader, facts, match: match, clean: Self.forHTML)
        )
    }

    /// What a peer supplied is text in HTML, never markup.
    private static func forHTML(_ text: String) -> String {
        PeerText.forHeader(text).map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
