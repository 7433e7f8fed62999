import ArgumentParser
import GatepostService

@main
struct Gatepost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatepost",
        abstract: "An SMTP proxy that judges and edits mail by policies.",
        discussion: """
            Gatepost stands before a mail server. Each session passes through it, is judged at every stage by rules \
            in YAML files, and goes on to the server, whose answers the client gets. It keeps no queue.

            Exit status: 0; 1 when a test failed, a transaction was refused or an address could not be bound; \
            64 when the command line is wrong; 65 when what is imported is; 78 when a configuration or a policy is.
            """,
        version: GatepostVersion.text,
        subcommands: [
            Serve.self, Check.self, Test.self, Explain.self, Import.self, Schema.self, SinkCommand.self, Demo.self,
        ]
    )
}
