import NIOConcurrencyHelpers
import Testing

@testable import GatepostService

@Suite struct DemonstrationTests {
    @Test func everySampleFaresAsExpectedUnderTheExamplePolicies() async throws {
        let printed = NIOLockedValueBox("")
        let demonstration = try Demonstration(policyDirectory: Repository.root + "/Policies") { text in
            printed.withLockedValue { $0 += text }
        }
        let isAsExpected = try await demonstration.run(once: true)
        let text = printed.withLockedValue { $0 }
        #expect(isAsExpected, "\(text)")
        for sample in SampleMail.all { #expect(text.contains(sample.title)) }
        #expect(text.contains("Decision: rejected at message by the rule size/too-large: 552 5.3.4"))
    }

    @Test func withoutPoliciesThereIsNothingToShow() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Demonstration.Failure.self) { try Demonstration(policyDirectory: folder.path("")) { _ in } }
        try folder.write("x.yaml", "policy: x\n")
        #expect(throws: Demonstration.Failure.self) { try Demonstration(policyDirectory: folder.path("")) { _ in } }
    }
}
