import ArgumentParser
import Glibc
import GatepostService

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the proxy at work with sample mails.",
        discussion: """
            Starts a sink and the proxy before it on free ports of the loopback interface, with the policies of a \
            directory, sends sample mails through, and shows for each the dialogue, the decision with its rule, and \
            what arrived. Then it goes on running, to be tried by hand, until it is interrupted. Started by root \
            it becomes `nobody` once it has read the policies.
            """
    )

    @Flag(help: "End when the sample mails are through; the exit status is 1 when one did not fare as expected.")
    var once = false

    @Option(help: ArgumentHelp("Where the policies are.", valueName: "directory"))
    var policyDirectory = "Policies"

    func run() async throws {
        do {
            let demonstration = try Demonstration(policyDirectory: policyDirectory) {
                CommandOutput.write($0, to: .standardOutput)
            }
            if getuid() == 0 { try Privileges.drop(to: ServiceUser("nobody")) }
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
}
