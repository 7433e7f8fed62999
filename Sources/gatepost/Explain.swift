import ArgumentParser
import GatepostService

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a transaction goes under policies, without a network.",
        discussion: """
            Prints stage by stage every rule that is tried, why it held or not and what it did, then the verdict, the \
            reply and the changes to the header section. Stages for which nothing is given are left out. The exit \
            status is 1 when the transaction is refused. Without --client the client is \(ExplainRequest.anyClient), a \
            stranger. --policy and --recipient take several values: let the message stand first, or behind another option.

            Example: gatepost explain mail.eml --policy front.yaml --sender a@example.net --recipient b@example.com
            """
    )

    @Option(
        name: .customLong("policy"), parsing: .upToNextOption,
        help: ArgumentHelp("Policy files, in the order in which their rules are tried.", valueName: "file"))
    var policies: [String]

    @Option(help: ArgumentHelp("The client's IP address.", valueName: "address"))
    var client: String?

    @Option(help: ArgumentHelp("The client's name, as if its address led there and back.", valueName: "domain"))
    var clientName: String?

    @Option(help: ArgumentHelp("The name that the client's address points to.", valueName: "domain"))
    var clientReverseName: String?

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Show the last of so many alike.", valueName: "times"))
    var repetitions = 1

    @Option(help: ArgumentHelp("The listener that the client came to.", valueName: "name"))
    var listener: String?

    @Flag(help: "The client's connection is encrypted.")
    var tls = false

    @Option(help: ArgumentHelp("The client has logged in as this user.", valueName: "user"))
    var authUser: String?

    @Option(help: ArgumentHelp("How it has logged in; PLAIN unless given.", valueName: "mechanism"))
    var authMechanism: String?

    @Option(help: ArgumentHelp("What the client calls itself in EHLO.", valueName: "name"))
    var helo: String?

    @Option(help: ArgumentHelp("A single command, as \"VRFY someone\".", valueName: "command"))
    var command: String?

    @Option(help: ArgumentHelp("The sender in MAIL; \"<>\" for none.", valueName: "mailbox"))
    var sender: String?

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("A parameter of MAIL, as BODY=8BITMIME; may be repeated.", valueName: "keyword=value"))
    var parameters: [String] = []

    @Option(
        name: .customLong("recipient"), parsing: .upToNextOption,
        help: ArgumentHelp("The recipients in RCPT.", valueName: "mailbox"))
    var recipients: [String] = []

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Argument(help: ArgumentHelp("A file with a message; - for standard input.", valueName: "message"))
    var message: String?

    func validate() throws {
        guard sender != nil || (recipients.isEmpty && message == nil && parameters.isEmpty) else {
            throw ValidationError("Recipients, parameters and a message need --sender.")
        }
        guard authUser != nil || authMechanism == nil else {
            throw ValidationError("--auth-mechanism needs --auth-user.")
        }
        guard !recipients.isEmpty || message == nil else { throw ValidationError("A message needs --recipient.") }
        _ = try request()
    }

    func run() throws {
        try CommandOutput.print(ExplainReport(try request(), policies: policies), asJSON: json)
    }

    private func request() throws -> ExplainRequest {
        var request = ExplainRequest()
        do throws(UsageError) {
            if let client { try request.set(client: client) }
            try request.set(clientName: clientName, reverse: clientReverseName)
            try request.set(repetitions: repetitions)
            if let listener { request.set(listener: listener) }
            if tls { request.setEncrypted() }
            if let authUser { request.set(user: authUser, mechanism: authMechanism) }
            if let helo { request.set(helo: helo) }
            if let command { try request.set(command: command) }
            if let sender { try request.set(sender: sender, parameters: parameters) }
            for recipient in recipients { try request.add(recipient: recipient) }
            if let message { try request.set(messageFile: message) }
        } catch {
            throw error.asValidationError
        }
        return request
    }
}
