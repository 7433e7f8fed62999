import ArgumentParser
import Foundation
import GatepostService

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the proxy at work with sample mails.",
        discussion: """
            Starts a sink and the proxy before it on free ports of the loopback interface, with the policies of a \
            directory, sends sample mails through, and shows for each the dialogue, the decision with its rule, and \
            what arrived. Then it goes on running, to be tried by hand, until it is interrupted. Started by root \
            it goes on as `nobody`.
            """
    )

    @Flag(help: "End when the sample mails are through; the exit status is 1 when one did not fare as expected.")
    var once = false

    @Option(help: ArgumentHelp("Where the policies are.", valueName: "directory"))
    var policyDirectory = "Policies"

    func run() async throws {
        do {
            try leaveRoot()
            let demonstration = try Demonstration(policyDirectory: policyDirectory) {
                CommandOutput.write($0, to: .standardOutput)
            }
            guard try await demonstration.run(once: once) || !once else { throw ExitCode(ExitStatus.failure.rawValue) }
        } catch Demonstration.Failure.noPolicies(let directory) {
            throw CommandOutput.fail("no policies (*.yaml) in `\(directory)`")
        } catch Demonstration.Failure.policies(let diagnostics) {
            CommandOutput.write(diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
            try CommandOutput.end(with: .configuration)
        } catch let error where !(error is ExitCode) {
            throw CommandOutput.fail("\(error)")
        }
    }

    /// From within the directory, which whoever goes on may read, while those above it may be root's alone.
    private func leaveRoot() throws {
        guard Privileges.areThoseOfRoot, FileManager.default.changeCurrentDirectoryPath(policyDirectory) else { return }
        let options = (once ? ["--once"] : []) + ["--policy-directory", "."]
        try Privileges.execute(["gatepost", "demo"] + options, as: ServiceUser("nobody"))
    }
}
