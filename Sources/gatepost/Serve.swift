import ArgumentParser
import Foundation
import GatepostService

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the proxy.",
        usage: """
            gatepost serve --config FILE
            gatepost serve --listen ADDRESS --upstream ADDRESS [--policy FILE ...]
            """,
        discussion: """
            The configuration and its policies are checked first; when anything is wrong every mistake is named and \
            nothing starts. The log goes to standard error, one line for each transaction; a line `listening` names \
            each address once it is bound.

            SIGHUP reads the configuration and the policies again and uses them for new sessions; with a mistake in \
            them the running ones stay. SIGUSR1 writes to the log how often each rule has held. SIGTERM and SIGINT \
            stop accepting, give transactions 30 seconds to finish, and end what is left with 421; a second one ends \
            at once.

            An ADDRESS is host:port, [v6]:port or unix:/path. Port 0 lets the system choose.
            """
    )

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where to accept clients.", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("The mail server that receives what passes.", valueName: "address"))
    var upstream: String?

    @Option(
        name: .customLong("policy"), parsing: .upToNextOption,
        help: ArgumentHelp("Policy files, in the order in which their rules are tried.", valueName: "file"))
    var policies: [String] = []

    func validate() throws {
        _ = try source()
    }

    func run() async throws {
        let source = try source()
        let loaded = source.load()
        CommandOutput.write(loaded.diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
        guard let configuration = loaded.configuration else { return try CommandOutput.end(with: .configuration) }
        do {
            try await GatepostService(configuration, from: source).run()
        } catch {
            throw CommandOutput.fail("\(error)")
        }
    }

    private func source() throws -> ConfigurationSource {
        switch (config, listen, upstream) {
        case (let path?, nil, nil) where policies.isEmpty:
            return .file(path)
        case (nil, let listen?, let upstream?):
            do {
                return .arguments(try Configuration(listen: listen, upstream: upstream, policies: policies))
            } catch {
                throw error.asValidationError
            }
        default:
            throw ValidationError("Give either --config, or --listen and --upstream.")
        }
    }
}
