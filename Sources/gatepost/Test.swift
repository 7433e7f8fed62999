import ArgumentParser
import GatepostService

struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the tests that policies carry.",
        discussion: """
            Each test describes a transaction and what its policy should make of it. A test that fails is printed \
            with what was expected and what was found, and the exit status is 1. Given a configuration, the tests of \
            the policies that it names are run.
            """
    )

    @Flag(help: "Print the results as JSON.")
    var json = false

    @Argument(help: ArgumentHelp("Policies, or configurations.", valueName: "file"))
    var files: [String]

    func run() throws {
        try CommandOutput.print(TestReport(testing: files), asJSON: json)
    }
}
