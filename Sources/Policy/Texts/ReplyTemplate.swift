import Patterns
import SMTPProtocol

/// A reply whose text has places to be filled in; its codes are fixed when the policy is loaded.
struct ReplyTemplate: Hashable, Sendable {
    var code: ReplyCode
    var enhancedStatusCode: EnhancedStatusCode?
    var text: TextTemplate

    func render(_ reader: inout AttributeReader, _ facts: Facts, match: PatternMatch?) -> Reply {
        Reply(code, enhancedStatusCode, text.render(&reader, facts, match: match, clean: PeerText.forReply))
    }
}
