import ArgumentParser
import GatepostService
import PolicyFiles

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON Schema of policies or of configurations, for editors.",
        discussion: """
            Editors with a YAML language server complete and check files by it. Save it, and begin files \
            with the line

            # yaml-language-server: $schema=policy.schema.json
            """
    )

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case policy
        case config
    }

    @Argument(help: "What the schema is for: policy or config.")
    var subject: Subject

    func run() {
        let schema = subject == .policy ? PolicyFileSchema.schema : ConfigurationSchema.schema
        CommandOutput.write(schema.json, to: .standardOutput)
    }
}
