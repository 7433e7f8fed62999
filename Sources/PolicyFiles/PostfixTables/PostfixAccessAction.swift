import MailMessage
import Policy
import SMTPProtocol

/// What a result of access(5) does, in the terms of a policy.
struct PostfixAccessAction: Sendable {
    enum Effect: Hashable, Sendable {
        /// Nothing further is asked.
        case permit
        case refuse
        /// Something is done, and what stands below does not see the key.
        case pass
    }

    var effect = Effect.pass
    /// The stage at which it acts, when that is later than the one at which its subject is known.
    var stage: String?
    var then: [ImportedAction] = []
    /// What the operator should know.
    var remarks: [String] = []
    /// Why a policy cannot do it.
    var lack: String?

    /// Reads a result; `$1` and others are there only in tables of patterns.
    init(_ result: PostfixText, for subject: PostfixAccessSubject) {
        guard let (word, text) = result.splittingFirstWord() else {
            lack = "the name of the action comes from a group of the pattern"
            return
        }
        switch word.uppercased() {
        case "DUNNO": break
        case "OK", "RELAY", "PERMIT": permit()
        case "REJECT": refuse(554, text, subject)
        case "DEFER": refuse(450, text, subject)
        case "WARN":
            then = [
                .text("log", "warning: " + (text.isEmpty ? subject.refusal("warning") : text.template))
            ]
        case "INFO":
            then = [.text("log", "info: " + (text.isEmpty ? "{\(subject.rawValue)}" : text.template))]
        case "PREPEND": prepend(text)
        case "DISCARD": discard(text, subject)
        case "REDIRECT": redirect(text, subject)
        case "BCC": copy(text, subject)
        case let word: readOther(word, text, subject)
        }
    }

    private mutating func permit() {
        effect = .permit
        then = [.plain("accept")]
    }

    private mutating func refuse(_ code: Int, _ text: PostfixText, _ subject: PostfixAccessSubject) {
        let reply = PostfixReply(access: text, code: code, for: subject)
        effect = .refuse
        then = [.text(reply.action, reply.text)]
        if reply.isChanged {
            remarks.append("a reply is printable ASCII and short: the text is changed")
        }
        if code == 521 { remarks.append("Postfix also ends the session; `disconnect` says 421") }
    }

    private mutating func prepend(_ text: PostfixText) {
        guard let (name, value) = text.splittingFieldName(), HeaderName.isValid(name) else {
            lack = "what stands behind PREPEND does not begin with the name of a header field"
            return
        }
        stage = "header"
        then = [.keyed("add-header", [(name, value.template)])]
    }

    private mutating func discard(_ text: PostfixText, _ subject: PostfixAccessSubject) {
        let log = text.isEmpty ? "discard: {sender}" : "discard: " + text.template
        then = [.text("log", log), .plain("discard")]
        if subject.isMailbox {
            effect = .refuse
        } else {
            stage = "mail"
        }
        if subject == .recipient { remarks.append("Postfix discards the message for all its recipients") }
    }

    private mutating func redirect(_ text: PostfixText, _ subject: PostfixAccessSubject) {
        guard let mailbox = mailbox(text) else { return }
        stage = subject == .recipient ? nil : "recipient"
        then = [.text("set-recipient", mailbox)]
        if subject == .recipient { remarks.append("Postfix redirects the message for all its recipients") }
    }

    private mutating func copy(_ text: PostfixText, _ subject: PostfixAccessSubject) {
        guard let mailbox = mailbox(text) else { return }
        stage = subject.isMailbox ? nil : "mail"
        then = [.text("add-recipient", mailbox)]
    }

    private mutating func mailbox(_ text: PostfixText) -> String? {
        if let literal = text.literal, Mailbox(literal) != nil { return literal }
        lack = "what stands behind the action is no mailbox"
        return nil
    }

    private mutating func readOther(
        _ word: String, _ text: PostfixText, _ subject: PostfixAccessSubject
    ) {
        let isNumber = word.unicodeScalars.allSatisfy(\.isASCIIDigit)
        if isNumber, word.utf8.count == 3, let code = Int(word), (400...599).contains(code),
            !text.isEmpty
        {
            return refuse(code, text, subject)
        }
        if isNumber, text.isEmpty {
            remarks.append("Postfix takes a number alone for OK")
            return permit()
        }
        lack = Self.reason(for: word)
    }

    private static func reason(for word: String) -> String {
        switch word {
        case "HOLD", "DELAY": "Gatepost keeps no queue that mail could wait in"
        case "FILTER": "Gatepost hands mail to its upstream alone; a filter belongs behind it"
        case "DEFER_IF_PERMIT", "DEFER_IF_REJECT": "a rule does not know what the upstream will answer"
        default: "`\(word)` is a restriction of Postfix"
        }
    }
}
