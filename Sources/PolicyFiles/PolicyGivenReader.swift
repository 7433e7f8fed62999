import MailMessage
import Policy
import SMTPProtocol

/// Reads the `given` of a test: what the client says and where it comes from.
///
/// A test tells what matters to it alone. What it leaves out is filled in as far as a stage that it asks for needs it:
/// the client is 198.51.100.1 and says `EHLO client.example`; the sender is `sender@client.example`, the recipient
/// `recipient@server.example`; it is Monday, 12 o'clock.
struct PolicyGivenReader {
    static let keys = [
        "listener", "client", "client-name", "client-reverse-name", "port", "time", "tags", "tls",
        "auth-user", "auth-mechanism", "helo", "command", "sender",
        "mail", "recipients", "message",
        "header-size", "message-size", "repeat",
    ]

    private let path: String
    var reader: DocumentReader
    private var transaction = SimulatedTransaction()

    init(path: String, reader: DocumentReader) {
        self.path = path
        self.reader = reader
        transaction.clientAddress = IPAddress("198.51.100.1")
    }

    /// The transaction, or nil when something in it is wrong.
    mutating func read(_ node: DocumentNode) -> SimulatedTransaction? {
        guard let mapping = reader.mapping(node, "what is given", keys: Self.keys) else { return nil }
        let before = reader.diagnostics.count
        readConnection(mapping)
        readEnvelope(mapping)
        readMessage(mapping)
        if let node = mapping["repeat"] { readRepetition(node) }
        fillIn()
        return reader.diagnostics.count == before ? transaction : nil
    }

    private mutating func readConnection(_ given: DocumentMapping) {
        transaction.listener = given["listener"].flatMap { reader.name($0, "the name of a listener") } ?? ""
        if let node = given["client"], let text = reader.name(node, "an address") {
            transaction.clientAddress = IPAddress(text)
            if transaction.clientAddress == nil { reader.error(at: node.location, "`\(text)` is not an IP address") }
        }
        readNames(given)
        transaction.clientPort = given["port"].flatMap { reader.count($0, "a port", in: 0...65_535) }
        transaction.tags = Set(
            given["tags"].map { node in
                reader.oneOrMore(node).compactMap { reader.name($0, "a tag") }
            } ?? []
        )
        if let node = given["time"] { readTime(node) }
        if let node = given["tls"] { transaction.encryption = encryption(node) }
        transaction.authentication = authentication(given)
        if let node = given["helo"], let text = reader.name(node, "the argument of HELO") {
            transaction.helo = HeloArgument(text)
        }
        if let node = given["command"], let text = reader.name(node, "a command such as `VRFY user`") {
            let words = text.split(separator: " ", maxSplits: 1)
            transaction.command = CommandFacts(
                verb: words.first?.uppercased() ?? "",
                argument: words.count > 1 ? words[1].drop { $0 == " " }.description : ""
            )
        }
    }

    /// `true`, or what was agreed on.
    private mutating func encryption(_ node: DocumentNode) -> EncryptionFacts? {
        guard node.mapping != nil else {
            return reader.flag(node) == true ? SimulatedTransaction.anyEncryption : nil
        }
        let keys = ["version", "cipher", "client-fingerprint", "client-subject"]
        guard let mapping = reader.mapping(node, "TLS", keys: keys) else { return nil }
        let standard = SimulatedTransaction.anyEncryption
        return EncryptionFacts(
            version: mapping["version"].flatMap { reader.name($0, "a version") } ?? standard.version,
            cipher: mapping["cipher"].flatMap { reader.name($0, "a cipher") } ?? standard.cipher,
            fingerprint: mapping["client-fingerprint"].flatMap { reader.name($0, "a fingerprint") },
            subject: mapping["client-subject"].flatMap { reader.name($0, "a subject") }
        )
    }

    /// The client has logged in when the test says as whom, or how.
    private mutating func authentication(_ given: DocumentMapping) -> AuthenticationFacts? {
        let user = given["auth-user"].flatMap { reader.name($0, "the name of a user") }
        let mechanism = given["auth-mechanism"].flatMap { reader.name($0, "the name of a mechanism") }
        guard user != nil || mechanism != nil else { return nil }
        return AuthenticationFacts(
            user: user, mechanism: mechanism?.uppercased() ?? SimulatedTransaction.anyMechanism.rawValue
        )
    }

    /// `client-name` leads back to the client, `client-reverse-name` by itself does not.
    private mutating func readNames(_ given: DocumentMapping) {
        let name = given["client-name"].flatMap { domain($0) }
        let reverse = given["client-reverse-name"].flatMap { domain($0) }
        transaction.setNames(name, reverse: reverse)
    }

    private mutating func domain(_ node: DocumentNode) -> String? {
        guard let text = reader.name(node, "a domain") else { return nil }
        if Domain(text) == nil { reader.error(at: node.location, "`\(text)` is not a domain") }
        return text
    }

    /// A number of times, or `{ times: …, every: … }`.
    private mutating func readRepetition(_ node: DocumentNode) {
        let range = 1...SimulatedTransaction.Repetition.most
        guard node.mapping != nil else {
            transaction.repetition.times = reader.count(node, "a number of times", in: range) ?? 1
            return
        }
        guard let mapping = reader.mapping(node, "a repetition", keys: ["times", "every"]),
            let times = reader.required("times", of: mapping, "a repetition", at: node.location)
        else { return }
        transaction.repetition.times = reader.count(times, "a number of times", in: range) ?? 1
        guard let every = mapping["every"] else { return }
        transaction.repetition.interval = reader.duration(every, in: .zero ... .seconds(86_400)) ?? .zero
    }

    private mutating func readTime(_ node: DocumentNode) {
        guard let mapping = reader.mapping(node, "a time", keys: ["hour", "weekday"]) else { return }
        transaction.hour = mapping["hour"].flatMap { reader.count($0, "an hour", in: 0...23) } ?? 12
        transaction.weekday =
            mapping["weekday"].flatMap { node in
                reader.choice(
                    node, "a day",
                    among: [
                        "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
                        "sunday": 7,
                    ]
                )
            } ?? 1
    }

    private mutating func readEnvelope(_ given: DocumentMapping) {
        if let node = given["sender"] { transaction.sender = sender(node) }
        if let node = given["mail"] { transaction.mailParameters = mailParameters(node) }
        if let node = given["recipients"] {
            transaction.recipients = reader.oneOrMore(node).compactMap { recipient($0) }
        }
    }

    /// An address; `<>` or an empty text is the null reverse-path.
    private mutating func sender(_ node: DocumentNode) -> ReversePath? {
        guard let text = reader.scalar(node, "an address, or `<>`")?.text else { return nil }
        if text.isEmpty || text == "<>" { return .null }
        if let mailbox = Mailbox(text) { return .mailbox(mailbox) }
        reader.error(at: node.location, "`\(text)` is not an address")
        return nil
    }

    /// An address, or an address with what RCPT asks for: `{ to: user@example.com, notify: never }`.
    private mutating func recipient(_ node: DocumentNode) -> SimulatedTransaction.Recipient? {
        guard node.mapping != nil else { return forwardPath(node).map { .init($0) } }
        guard let mapping = reader.mapping(node, "a recipient", keys: ["to", "notify"]),
            let to = reader.required("to", of: mapping, "a recipient", at: node.location),
            let path = forwardPath(to)
        else { return nil }
        var parameters = ESMTPParameters()
        if let notify = mapping["notify"] {
            let words = reader.oneOrMore(notify).compactMap { reader.name($0, "NEVER, SUCCESS, FAILURE or DELAY") }
            set("NOTIFY", words.joined(separator: ",").uppercased(), in: &parameters)
        }
        return .init(path, parameters: parameters)
    }

    private mutating func forwardPath(_ node: DocumentNode) -> ForwardPath? {
        guard let text = reader.name(node, "an address") else { return nil }
        if text.lowercased() == "postmaster" { return .postmaster }
        if let mailbox = Mailbox(text) { return .mailbox(mailbox) }
        reader.error(at: node.location, "`\(text)` is not an address")
        return nil
    }

    /// What MAIL declares, under the names of the attributes.
    private mutating func mailParameters(_ node: DocumentNode) -> ESMTPParameters {
        var parameters = ESMTPParameters()
        let keys = ["size", "body", "smtputf8", "requiretls", "ret", "envid"]
        guard let mapping = reader.mapping(node, "what MAIL declares", keys: keys) else { return parameters }
        for entry in mapping.entries {
            switch entry.key.value {
            case "size": set("SIZE", reader.size(entry.value).map(String.init), in: &parameters)
            case "smtputf8", "requiretls":
                if reader.flag(entry.value) == true { set(entry.key.value.uppercased(), nil, in: &parameters) }
            case "envid":
                set("ENVID", reader.text(entry.value).map(XText.encode), in: &parameters)
            default:
                set(entry.key.value.uppercased(), reader.name(entry.value)?.uppercased(), in: &parameters)
            }
        }
        return parameters
    }

    private func set(_ keyword: String, _ value: String?, in parameters: inout ESMTPParameters) {
        if let parameter = ESMTPParameter(keyword, value) { parameters.set(parameter) }
    }

    private mutating func readMessage(_ given: DocumentMapping) {
        if let node = given["message"] { transaction.message = message(node) }
        let before = transaction.message ?? SimulatedMessage(text: "Subject: a message of some size\n\n")
        if let node = given["header-size"], let size = reader.size(node, in: 0...(64 << 20)) {
            transaction.message = before.padded(headerOctets: size)
            if transaction.message == nil {
                reader.error(at: node.location, "the header section is larger than that already")
            }
        }
        guard let node = given["message-size"], let size = reader.size(node, in: 0...(1 << 40)) else { return }
        var message = transaction.message ?? before
        let padding = size - message.octets.readableBytes
        if padding < 0 {
            reader.error(
                at: node.location, "the message is larger than that already: \(message.octets.readableBytes) octets"
            )
        }
        message.paddingOctets = max(0, padding)
        transaction.message = message
    }

    /// Text, `{ file: … }`, or `{ base64: … }` for octets that text cannot hold.
    private mutating func message(_ node: DocumentNode) -> SimulatedMessage? {
        guard node.mapping != nil else {
            return reader.scalar(node, "a message").map { SimulatedMessage(text: $0.text) }
        }
        guard let mapping = reader.mapping(node, "a message", keys: ["file", "base64"]) else { return nil }
        switch (mapping["file"], mapping["base64"]) {
        case (let file?, nil): return messageFile(file)
        case (nil, let base64?):
            guard let text = reader.text(base64, "base64") else { return nil }
            if let message = SimulatedMessage(base64: text) { return message }
            reader.error(at: base64.location, "the text is not base64")
            return nil
        default:
            reader.error(at: node.location, "expected a message as text, as `{ file: … }` or as `{ base64: … }`")
            return nil
        }
    }

    private mutating func messageFile(_ node: DocumentNode) -> SimulatedMessage? {
        guard let name = reader.name(node, "the name of a file") else { return nil }
        let file = OperatorFile.resolve(name, relativeTo: path)
        switch OperatorFile.read(file, limit: DocumentLimits.octets) {
        case .success(let octets): return SimulatedMessage(octets: .init(bytes: octets))
        case .failure(let error):
            reader.report(error.diagnostic(of: file, namedAt: node.location))
            return nil
        }
    }

    /// Fills in what a stage needs that the test asks for.
    private mutating func fillIn() {
        let hasMessage = transaction.message != nil
        let hasRecipients = hasMessage || !transaction.recipients.isEmpty
        let hasSender = hasRecipients || transaction.sender != nil || !transaction.mailParameters.isEmpty
        if hasMessage, transaction.recipients.isEmpty, let mailbox = Mailbox("recipient@server.example") {
            transaction.recipients = [.init(.mailbox(mailbox))]
        }
        if hasSender, transaction.sender == nil {
            transaction.sender = Mailbox("sender@client.example").map(ReversePath.mailbox)
        }
        if hasSender, transaction.helo == nil { transaction.helo = HeloArgument("client.example") }
    }
}
