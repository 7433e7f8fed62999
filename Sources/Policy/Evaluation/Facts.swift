import MailMessage
import SMTPProtocol

/// What is known of a session and its transaction when a stage is judged; the session fills it in as it goes.
///
/// What has not been learnt yet is nil or empty. At each stage the facts of the stages before it are present, save
/// that HELO may never have been said when a single command is judged.
public struct Facts: Sendable {
    /// The name of the listener that the client connected to.
    public var listener: String
    /// The client's network address; nil for a client on a Unix-domain socket.
    public var clientAddress: IPAddress?
    public var clientPort: Int?
    /// The client's names, once they have been asked for; that is so at every stage whose rules read them.
    public var clientNames: ClientNames?
    /// When the stage is judged; rules see the hour and the day where Gatepost runs.
    public var now: Moment

    /// How the client's connection is encrypted; nil when it is not.
    public var encryption: EncryptionFacts?
    /// Who the client has logged in as; nil when it has not.
    public var authentication: AuthenticationFacts?

    /// The argument of the last HELO or EHLO.
    public var helo: HeloArgument?
    /// The single command that is judged, at `command` alone.
    public var command: CommandFacts?

    /// The reverse-path of MAIL.
    public var sender: ReversePath?
    public var mailParameters: ESMTPParameters

    /// The forward-path that is judged, at `recipient` alone.
    public var recipient: ForwardPath?
    /// The parameters of the RCPT that is judged, at `recipient` alone.
    public var recipientParameters: ESMTPParameters
    /// The forward-paths accepted so far.
    public var recipients: [ForwardPath]

    /// The header section as it came, with the edits of earlier stages; at `header` and `message`.
    public var header: HeaderSection?
    /// What was counted over the whole content, at `message`.
    public var content: ContentStatistics?

    /// The parts of the message, at `message`; nil when no rule asks for them.
    public var structure: MIMEStructure?

    /// The tags that earlier stages set.
    public var tags: Set<String>

    /// The name that Gatepost gives itself.
    public var hostname: String
    public var sessionIdentifier: String
    public var transactionIdentifier: String

    public init(
        listener: String = "",
        clientAddress: IPAddress? = nil,
        clientPort: Int? = nil,
        clientNames: ClientNames? = nil,
        now: Moment = Moment(nanoseconds: 0),
        encryption: EncryptionFacts? = nil,
        authentication: AuthenticationFacts? = nil,
        helo: HeloArgument? = nil,
        command: CommandFacts? = nil,
        sender: ReversePath? = nil,
        mailParameters: ESMTPParameters = ESMTPParameters(),
        recipient: ForwardPath? = nil,
        recipientParameters: ESMTPParameters = ESMTPParameters(),
        recipients: [ForwardPath] = [],
        header: HeaderSection? = nil,
        content: ContentStatistics? = nil,
        tags: Set<String> = [],
        hostname: String = "",
        sessionIdentifier: String = "",
        transactionIdentifier: String = ""
    ) {
        self.listener = listener
        self.clientAddress = clientAddress
        self.clientPort = clientPort
        self.clientNames = clientNames
        self.now = now
        self.encryption = encryption
        self.authentication = authentication
        self.helo = helo
        self.command = command
        self.sender = sender
        self.mailParameters = mailParameters
        self.recipient = recipient
        self.recipientParameters = recipientParameters
        self.recipients = recipients
        self.header = header
        self.content = content
        self.tags = tags
        self.hostname = hostname
        self.sessionIdentifier = sessionIdentifier
        self.transactionIdentifier = transactionIdentifier
    }
}

/// A single command as the client gave it: VRFY, EXPN, HELP and others that belong to no transaction.
public struct CommandFacts: Hashable, Sendable {
    /// The verb, as it came.
    public var verb: String
    /// The text behind the verb; empty when there is none.
    public var argument: String

    public init(verb: String, argument: String = "") {
        self.verb = verb
        self.argument = argument
    }
}
