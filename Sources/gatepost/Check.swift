import ArgumentParser
import GatepostService

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check configurations and policies.",
        discussion: """
            Prints every mistake as file:line:column and exits with 78, or prints what the files hold: listeners and \
            upstreams, and for each policy its rules with the stage at which each runs. Policies are checked \
            together, in the order given; a configuration is checked with the policies that it names. Root checks a \
            configuration as the user that is named in it, who will read the files.
            """
    )

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Argument(help: ArgumentHelp("Configurations and policies.", valueName: "file"))
    var files: [String]

    func run() throws {
        do throws(PrivilegeFailure) {
            try Privileges.dropToUser(ofConfigurationIn: files)
        } catch {
            throw CommandOutput.fail("\(error)")
        }
        try CommandOutput.print(CheckReport(checking: files), asJSON: json)
    }
}
