import Foundation
import Testing
import TranscriptKit

/// Whatever a peer does wrong, at whatever octet: no mail is lost, doubled, cut short, or told of falsely.
@Suite struct ReliabilityTests {
    /// `GATEPOST_RUNS` says how many faults are tried with each combination of features; `all` of them, if so asked.
    static func sample<Case>(_ cases: [Case], _ ordinary: Int, seed: UInt64) -> [Case] {
        let asked = ProcessInfo.processInfo.environment["GATEPOST_RUNS"]
        guard asked != "all" else { return cases }
        var random = ClientFuzzTests.Generator(state: seed)
        return (0..<(asked.flatMap { Int($0) } ?? ordinary)).compactMap { _ in cases.randomElement(using: &random) }
    }

    /// The run in which nothing goes wrong; its extent says where faults can be.
    private static func golden(_ features: Features) -> Simulation {
        let simulation = Simulation(features)
        simulation.run()
        return simulation
    }

    @Test(arguments: Features.all)
    func allIsWellWithoutAFault(_ features: Features) {
        let simulation = Self.golden(features)
        #expect(JoinedLedgers(simulation).faults == [])
        for mail in simulation.mails {
            #expect(mail.finalCode == (mail.isRefused ? 554 : 250))
            #expect(mail.recipientCodes == [250, 550, 450, 250])
        }
        #expect(simulation.readers.flatMap(\.mails).count == simulation.mails.count(where: { !$0.isRefused }))
        #expect(simulation.readers.count == 1)
    }

    @Test(arguments: Features.all.enumerated().map { ($0.offset, $0.element) })
    func noFaultOfTheUpstreamLosesOrDoubles(_ number: Int, _ features: Features) {
        let extent = Self.golden(features).upstream
        let faults = UpstreamFault.all(replies: extent.replies, heard: extent.heard, said: extent.said)
        var tried = 0
        for fault in Self.sample(faults, features.isLarge ? 8 : 30, seed: UInt64(number)) {
            let simulation = Simulation(features, fault: fault)
            simulation.run()
            let joined = JoinedLedgers(simulation).faults.map { "\(fault.description.prefix(120)): \($0)" }
            #expect(joined == [])
            #expect(simulation.upstream.hasFaulted, "\(fault)")
            tried += 1
            if !joined.isEmpty { return }
        }
        #expect(tried > 0)
    }

    @Test(arguments: Features.all.enumerated().map { ($0.offset, $0.element) })
    func noMailOfAClientThatLeavesIsCutShort(_ number: Int, _ features: Features) {
        let extent = Self.golden(features).sent
        let cuts = (0..<extent).flatMap { octets in
            Simulation.Cut.Kind.allCases.map { Simulation.Cut(octets: octets, kind: $0) }
        }
        for cut in Self.sample(cuts, features.isLarge ? 4 : 15, seed: UInt64(number) &+ 1000) {
            let simulation = Simulation(features, cut: cut)
            simulation.run()
            let joined = JoinedLedgers(simulation).faults.map { "\(cut): \($0)" }
            #expect(joined == [])
            if !joined.isEmpty { return }
        }
    }
}
