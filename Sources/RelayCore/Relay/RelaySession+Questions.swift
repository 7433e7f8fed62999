import Policy
import SMTPProtocol

extension RelaySession {
    /// Why the message that is being drained was refused or discarded, for the record.
    struct Refusal: Sendable {
        let stage: Stage
        let source: TransactionRecord.Source
        let rule: RuleReference?
        let detail: String?
        /// Of the message, when it was refused.
        let octets: Int
    }

    /// What the policy was asked, and so what goes on behind its answer.
    enum Question: Sendable {
        case connect
        case hello(HeloArgument, extended: Bool)
        case command(Command)
        case mail(ReversePath, ESMTPParameters)
        case recipient(ForwardPath, ESMTPParameters)
        case header
        case message

        var stage: Stage {
            switch self {
            case .connect: .connect
            case .hello: .helo
            case .command: .command
            case .mail: .mail
            case .recipient: .recipient
            case .header: .header
            case .message: .message
            }
        }
    }
}
