import NIOCore
import NIOPosix
import SMTPProtocol

/// Prints each message: one line with its envelope, or all of it.
public struct SinkPrinter: SinkStore {
    private let printsContent: Bool
    private let write: @Sendable (String) -> Void

    public init(content printsContent: Bool, write: @escaping @Sendable (String) -> Void) {
        self.printsContent = printsContent
        self.write = write
    }

    public func store(_ message: ReceivedMessage) async throws {
        let text = printsContent ? message.printed : message.summary
        try await NIOThreadPool.singleton.runIfActive { write(text) }
    }
}

extension ReceivedMessage {
    /// `<a@example.com> -> <b@example.com>, <c@example.com>: 1234 octets`.
    var summary: String {
        let paths = recipients.map { "\($0.path)" }.joined(separator: ", ")
        return "\(sender) -> \(paths): \(content.readableBytes) octets\n"
    }

    /// The envelope as fields whose names begin with `X-Sink-`, then the message, safe for a terminal.
    var printed: String {
        var text = "X-Sink-Helo: \(isExtended ? "EHLO" : "HELO") \(helo)\nX-Sink-Sender: \(sender)"
        for parameter in parameters { text += " \(parameter)" }
        for recipient in recipients {
            text += "\nX-Sink-Recipient: \(recipient.path)"
            for parameter in recipient.parameters { text += " \(parameter)" }
        }
        return text + "\n" + PrintedMessage.text(content) + "\n"
    }
}
