import ArgumentParser
import Foundation
import GatepostService

struct SinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sink",
        abstract: "Run a receiving mail server for trials.",
        discussion: """
            The sink speaks ESMTP (PIPELINING, SIZE, 8BITMIME, SMTPUTF8, DSN, ENHANCEDSTATUSCODES), takes mail for \
            every recipient, and stores it in a Maildir, octet for octet, or prints one line for each message. It \
            can be told to misbehave.
            """
    )

    @Option(help: ArgumentHelp("Where to accept clients: host:port, [v6]:port or unix:/path.", valueName: "address"))
    var listen: String

    @Option(help: ArgumentHelp("Store each message as a file in this Maildir.", valueName: "directory"))
    var maildir: String?

    @Option(
        help: ArgumentHelp(
            "Refuse this mailbox, or with a reply as \"452 4.2.2 Full\" every recipient; may be repeated.",
            valueName: "mailbox|reply"))
    var failRcpt: [String] = []

    @Flag(help: "Refuse each message at its end.")
    var failData = false

    @Option(
        help: ArgumentHelp(
            "Close the connection without a word at: connect, helo, mail, rcpt, data (behind 354) or message.",
            valueName: "stage"))
    var closeAfter: String?

    @Option(help: ArgumentHelp("Give each reply after this time, as 500ms.", valueName: "duration"))
    var delay: String?

    @Flag(name: .customLong("no-8bitmime"), help: "Do not offer 8BITMIME and SMTPUTF8.")
    var noEightBitMIME = false

    @Flag(help: "Do not offer PIPELINING.")
    var noPipelining = false

    @Option(help: ArgumentHelp("The largest message, as \"10 MiB\".", valueName: "size"))
    var size: String?

    @Flag(help: "Print nothing for a message.")
    var quiet = false

    @Flag(help: "Print each message with its envelope.")
    var print = false

    func validate() throws {
        guard !(quiet && print) else { throw ValidationError("--quiet and --print exclude each other.") }
        _ = try request()
    }

    func run() async throws {
        let request = try request()
        do {
            try await request.run(store: try store()) { endpoint in
                CommandOutput.write("listening at \(endpoint)\n", to: .standardError)
            }
        } catch {
            throw CommandOutput.fail("\(error)")
        }
    }

    private func request() throws -> SinkRequest {
        do throws(UsageError) {
            return try SinkRequest(
                listen: listen, failRcpt: failRcpt, failData: failData, closeAfter: closeAfter, delay: delay,
                offersEightBitMIME: !noEightBitMIME, offersPipelining: !noPipelining, size: size
            )
        } catch {
            throw error.asValidationError
        }
    }

    private func store() throws -> any SinkStore {
        if let maildir { return try SinkMaildir(maildir) }
        if quiet { return SinkVoid() }
        return SinkPrinter(content: print) { CommandOutput.write($0, to: .standardOutput) }
    }
}
