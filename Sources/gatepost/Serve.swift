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

            A worker process serves the clients, or several do (`workers` in the configuration). One that dies takes \
            only its own sessions with it and is replaced at once; who connects meanwhile waits for the new one.

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

    @Option(help: ArgumentHelp("What a supervisor hands to its worker.", visibility: .hidden))
    var handover: Handover?

    func validate() throws {
        _ = try source()
    }

    func run() async throws {
        let source = try source()
        // Of a worker, mistakes are new; the warnings were printed before it was started.
        guard let configuration = try configuration(of: source, quietly: handover != nil) else {
            return try CommandOutput.end(with: .configuration)
        }
        do {
            guard let handover else {
                let status = try await Supervisor(configuration).run()
                if status != 0 { throw ExitCode(status) }
                return
            }
            try await GatepostService(configuration, from: source, handover: handover).run()
        } catch let code as ExitCode {
            throw code
        } catch {
            throw CommandOutput.fail("\(error)")
        }
    }

    private func configuration(of source: ConfigurationSource, quietly: Bool) throws -> Configuration? {
        let loaded = source.load()
        if !quietly || loaded.configuration == nil {
            CommandOutput.write(loaded.diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
        }
        return loaded.configuration
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

extension Handover: ExpressibleByArgument {}
