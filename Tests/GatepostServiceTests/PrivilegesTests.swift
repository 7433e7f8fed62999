import Foundation
import Testing

@testable import GatepostService

@Suite struct PrivilegesTests {
    private static func status(
        users: String = "65534\t65534\t65534\t65534",
        capabilities: String = "0000000000000000",
        in set: String = "CapPrm",
        promise: String = "1"
    ) -> String {
        let sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { name in
            "\(name):\t\(name == set ? capabilities : "0000000000000000")\n"
        }
        return """
            Name:\tgatepost Uid: 0
            State:\tR (running)
            Uid:\t\(users)
            Gid:\t65534\t65534\t65534\t65534
            Groups:\t65534 \n
            """ + sets.joined() + "NoNewPrivs:\t\(promise)\nSeccomp:\t0\n"
    }

    @Test func anOrdinaryUserHasNothingInExcess() throws {
        let credentials = try #require(ProcessCredentials(status: Self.status()))
        #expect(credentials.users == [65534, 65534, 65534, 65534])
        #expect(credentials.groups == [65534, 65534, 65534, 65534])
        #expect(credentials.excess == nil)
    }

    @Test("root is found in each of the four users", arguments: 0..<4)
    func root(place: Int) throws {
        let users = (0..<4).map { $0 == place ? "0" : "65534" }.joined(separator: "\t")
        #expect(ProcessCredentials(status: Self.status(users: users))?.excess == "the user root")
    }

    @Test("a capability is found in each set that gives rights", arguments: ["CapPrm", "CapEff", "CapAmb"])
    func capability(set: String) {
        let status = Self.status(capabilities: "0000000000000400", in: set)
        #expect(ProcessCredentials(status: status)?.excess == "a capability (\(set))")
    }

    @Test func rightsThatCouldBeGainedAreFound() {
        let credentials = ProcessCredentials(status: Self.status(promise: "0"))
        #expect(credentials?.excess == "the right to gain more by executing a program")
        // What no process can have again is no right, nor what only a program could give.
        #expect(ProcessCredentials(status: Self.status(capabilities: "ff", in: "CapBnd"))?.excess == nil)
        #expect(ProcessCredentials(status: Self.status(capabilities: "400", in: "CapInh"))?.excess == nil)
    }

    @Test(
        "of a status without one of its lines nothing is known",
        arguments: [
            "Uid:", "Gid:", "CapPrm:", "CapEff:", "CapAmb:", "NoNewPrivs:",
        ])
    func missing(line: String) {
        #expect(ProcessCredentials(status: Self.status().replacing("\n\(line)", with: "\nOther:")) == nil)
    }

    @Test func theKernelTellsThoseOfThisProcess() throws {
        let credentials = try #require(ProcessCredentials.current)
        #expect(credentials.users.prefix(2) == [getuid(), geteuid()])
    }
}
