import ArgumentParser
import Foundation
import GatepostService
import Policy

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the proxy.",
        usage: """
            gatepost serve --config FILE
            gatepost serve --listen ADDRESS --upstream ADDRESS [--policy FILE ...] [--user NAME]
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

            Started by root it binds its listeners, becomes the user that the configuration or --user names, for good, \
            and reads all files as that user; without a user it does not start. Started by anybody else it stays who \
            it is.

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

    @Option(help: ArgumentHelp("Who serves clients when root starts it: NAME or NAME:GROUP.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("What the beginning hands to the supervisor.", visibility: .hidden))
    var bound: BoundSockets?

    @Option(help: ArgumentHelp("What a supervisor hands to its worker.", visibility: .hidden))
    var handover: Handover?

    func validate() throws {
        _ = try source()
    }

    func run() async throws {
        let source = try source()
        do {
            if let handover {
                try await work(source, handover)
            } else if let bound {
                try await supervise(source, bound)
            } else {
                try begin(source)
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            CommandOutput.write("gatepost: \(error)\n", to: .standardError)
            try CommandOutput.end(with: error is PrivilegeFailure ? .configuration : .failure)
        }
    }

    /// The first of three processes, the only one that may be root's; it becomes the second.
    private func begin(_ source: ConfigurationSource) throws {
        let loaded = source.load()
        CommandOutput.write(loaded.diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
        guard let configuration = loaded.configuration else { return try CommandOutput.end(with: .configuration) }
        try Launch(configuration).run()
    }

    private func supervise(_ source: ConfigurationSource, _ bound: BoundSockets) async throws {
        ProcessName.restore()
        try Privileges.verify()
        let (configuration, diagnostics) = source.loadWithoutPolicies()
        guard let configuration else { return try endAsReader(of: diagnostics) }
        let supervisor = Supervisor(configuration.log, bound)
        let status = try await supervisor.run(BoundSockets.removed(from: CommandLine.arguments))
        if status != 0 { throw ExitCode(status) }
    }

    private func work(_ source: ConfigurationSource, _ handover: Handover) async throws {
        ProcessName.restore()
        try Privileges.verify()
        let loaded = source.load()
        guard let configuration = loaded.configuration else { return try endAsReader(of: loaded.diagnostics) }
        try await GatepostService(configuration, from: source, handover: handover).run()
    }

    /// Tells mistakes that were not there when the files were read first, or not for whom they were read.
    private func endAsReader(of diagnostics: [Diagnostic]) throws {
        CommandOutput.write(diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
        CommandOutput.write("gatepost: the files were read as the user `\(ServiceUser.current)`\n", to: .standardError)
        try CommandOutput.end(with: .configuration)
    }

    private func source() throws -> ConfigurationSource {
        switch (config, listen, upstream) {
        case (let path?, nil, nil) where policies.isEmpty && user == nil:
            return .file(path)
        case (nil, let listen?, let upstream?):
            do {
                return .arguments(
                    try Configuration(listen: listen, upstream: upstream, policies: policies, user: user)
                )
            } catch {
                throw error.asValidationError
            }
        default:
            throw ValidationError("Give either --config, or --listen and --upstream.")
        }
    }
}

extension BoundSockets: ExpressibleByArgument {}
extension Handover: ExpressibleByArgument {}
