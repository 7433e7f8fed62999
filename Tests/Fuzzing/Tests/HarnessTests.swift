import Foundation
import Testing
import TranscriptKit

@testable import FuzzHarnesses

/// The inputs that are kept hold in every run of the tests, without a fuzzer.
@Suite struct HarnessTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static func files(_ kind: String, of harness: Harness) -> [(name: String, octets: [UInt8])] {
        let folder = folder.appendingPathComponent(kind).appendingPathComponent(harness.rawValue)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder.appendingPathComponent(name).path).map { (name, Array($0)) }
        }
    }

    @Test(arguments: Harness.allCases)
    func seedsHold(_ harness: Harness) throws {
        let seeds = try harness.seeds()
        #expect(seeds.count > 5)
        for seed in seeds { #expect(harness.run(seed.octets) == [], "\(seed.name)") }
    }

    @Test(arguments: Harness.allCases)
    func corpusHolds(_ harness: Harness) {
        let corpus = Self.files("Corpus", of: harness)
        #expect(!corpus.isEmpty)
        for file in corpus { #expect(harness.run(file.octets) == [], "\(harness)/\(file.name)") }
    }

    @Test(arguments: Harness.allCases)
    func regressionsHold(_ harness: Harness) {
        for file in Self.files("Regressions", of: harness) {
            #expect(harness.run(file.octets) == [], "\(harness)/\(file.name)")
        }
    }

    @Test(arguments: Harness.allCases)
    func emptyInputHolds(_ harness: Harness) {
        #expect(harness.run([]) == [])
    }

    @Test("the dialogues that fuzzing begins with get as far as mail", arguments: [Harness.client, .upstream])
    func seedsGoFar(_ harness: Harness) throws {
        let taken = try harness.seeds().map { seed in
            let isClient = harness == .client
            let dialogue = Dialogue(
                Script(seed.octets, speaker: isClient ? .client : .upstream), upstreamIsAutomatic: isClient)
            _ = dialogue.run()
            return dialogue.mails.count { ($0.code ?? 0) / 100 == 2 }
        }
        #expect(taken.count { $0 > 0 } > 40, "\(taken)")
    }
}

/// What a harness would complain of.
@Suite struct ComplaintTests {
    @Test("traits and their octets are one") func traits() {
        for number in 0..<4096 {
            let octets = [UInt8(number & 255), UInt8(number >> 1 & 255), UInt8(number >> 3 & 255), UInt8(number % 12)]
            let traits = DialogueTraits(octets)
            #expect(DialogueTraits(traits.octets).octets == traits.octets)
        }
    }

    @Test("a script cuts where its marks stand") func script() {
        let script = Script(
            [0, 0, 0, 0] + Array("ab".utf8) + [255, 0x7C, 255, 255, 255, 0x75, 99, 255, 0x74], speaker: .client)
        let steps = script.steps.map { "\($0)" }
        #expect(
            steps == [
                "clientSays([97, 98])", "clientSays([255])", "upstreamSays([99])",
                "happens(FuzzHarnesses.Script.Mark.deadline)",
            ])
    }

    private static func complaints(_ said: String, committed: Int = 0) -> [String] {
        var ear = ClientEar()
        ear.hear(said.utf8, committed: committed)
        ear.begin()
        return ear.complaints
    }

    @Test("a 2yz that the upstream has not said is heard") func falseAnswer() {
        #expect(Self.complaints("220 mx\r\n354 Go\r\n250 Ok\r\n", committed: 1) == [])
        #expect(Self.complaints("220 mx\r\n354 Go\r\n451 Later\r\n") == [])
        #expect(Self.complaints("220 mx\r\n354 Go\r\n250 Ok\r\n").count == 1)
        #expect(Self.complaints("220 mx\r\n354 Go\r\n451 Later\r\n", committed: 1).count == 1)
        #expect(Self.complaints("220 mx\r\n354 Go\r\n354 Go\r\n").count == 1)
    }

    @Test(
        "a reply that is none is heard",
        arguments: [
            "250 x\n", "25 x\r\n", "250-a\r\n251 b\r\n", "250 a\rb\r\n", "250 a", "250-a\r\n", "250\u{0} a\r\n",
            "250\r\n",
        ])
    func replies(_ said: String) {
        #expect(Self.complaints(said).count >= 1)
    }

    @Test(
        "lines beyond the limits are seen",
        arguments: ["a", "\r\n", "a\n", " \r\n", "a\0\r\n", "\u{FC}\r\n", String(repeating: "a", count: 999) + "\r\n"])
    func lines(_ text: String) {
        #expect(!WrittenLines.complaints(of: Array(text.utf8)).isEmpty)
    }
}
