import Foundation
import Logging
import NIOCore
import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol
import Testing

@testable import GatepostService

@Suite struct LogLineTests {
    private static let time = LogTime(secondsSince1970: 1_700_000_000, milliseconds: 7)

    private static func line(_ format: Configuration.LogSettings.Format, _ fill: (inout LogLine) -> Void) -> String {
        var line = LogLine(format, time: time, level: "info", message: "transaction")
        fill(&line)
        return String(decoding: line.finish(), as: UTF8.self)
    }

    @Test func textIsOneLineOfFields() {
        let line = Self.line(.text) { line in
            line.add("sender", "<a@b.example>")
            line.add("octets", 12)
            line.add("rules", ["p/a", "p/b"])
            line.add("reply", "250 2.0.0 Ok")
        }
        #expect(
            line == "2023-11-14T22:13:20.007Z info transaction sender=<a@b.example> octets=12 rules=p/a,p/b "
                + #"reply="250 2.0.0 Ok""#
        )
    }

    @Test func jsonIsOneObjectALine() throws {
        let line = Self.line(.json) { line in
            line.add("helo", "a \"quoted\"\r\nname \u{1F}\u{202E}\u{10FFFF}")
            line.add("octets", 12)
            line.add("rules", ["p/a", "p/b"])
        }
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2023-11-14T22:13:20.007Z")
        #expect(object["helo"] as? String == "a \"quoted\"\r\nname \u{1F}\u{202E}\u{10FFFF}")
        #expect(object["octets"] as? Int == 12)
        #expect(object["rules"] as? [String] == ["p/a", "p/b"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""),
        ("x\ny", #""x\ny""#), ("x\r\n2026 info forged", #""x\r\n2026 info forged""#), ("a\"b", #""a\"b""#),
        ("a\\b", #""a\\b""#), ("\u{1B}[31m", #""\u{1b}[31m""#), ("\u{202E}", #""\u{202e}""#), ("ü", "\"ü\""),
        ("\u{2028}", #""\u{2028}""#), ("\u{85}", #""\u{85}""#), ("\u{7F}", #""\u{7f}""#),
    ])
    func noValueLeavesItsField(value: String, written: String) {
        #expect(Self.line(.text) { $0.add("f", value) }.hasSuffix(" f=\(written)"))
        #expect(Self.line(.json) { $0.add("f", value) }.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }

    @Test("each octet is judged alike at each place of a text of each length")
    func needIsThatOfEveryOctet() {
        for length in 1...17 {
            for place in 0..<length {
                for octet in UInt8.min...UInt8.max {
                    var text = [UInt8](repeating: UInt8(ascii: "z"), count: length)
                    text[place] = octet
                    let need = text.withUnsafeBufferPointer { LogEscape.need(of: $0) }
                    let expected: LogEscape.Need =
                        switch octet {
                        case UInt8(ascii: " "), UInt8(ascii: "="): .quotes
                        case UInt8(ascii: "\""), UInt8(ascii: "\\"): .escapes
                        case 0x21...0x7E: .nothing
                        default: .escapes
                        }
                    #expect(need == expected, "octet \(octet) at \(place) of \(length)")
                }
            }
        }
    }

    /// Reads a line of text back by the rules of the page: fields, each with a plain value or one in quotes.
    private static func fields(of line: String) -> [String: String]? {
        guard let head = line.range(of: "2023-11-14T22:13:20.007Z info transaction") else { return nil }
        let field = #/ ([a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^ "=\\]+))/#.matchingSemantics(.unicodeScalar)
        let escape = #/\\(?:u\{([0-9a-f]+)\}|(.))/#.matchingSemantics(.unicodeScalar)
        var fields: [String: String] = [:]
        var rest = line[head.upperBound...]
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: field) else { return nil }
            let value = match.2.map { quoted in
                String(quoted).replacing(escape) { match in
                    if let number = match.1 {
                        return UInt32(number, radix: 16).flatMap(Unicode.Scalar.init).map { "\($0)" } ?? "?"
                    }
                    return match.2.map { ["n": "\n", "r": "\r", "t": "\t"][$0] ?? String($0) } ?? "?"
                }
            }
            guard fields.updateValue(value ?? match.3.map(String.init) ?? "", forKey: String(match.1)) == nil else {
                return nil
            }
            rest = rest[match.range.upperBound...]
        }
        return fields
    }

    @Test("whatever stands in the values, the line is one, and each value is read back from its own field")
    func valuesAreToldApart() throws {
        let pieces = [
            "\n", "\r", "\r\n", "\t", "\0", " ", "=", "\"", "\\", ",", "{", "}", "\u{1B}[31m", "\u{7F}", "\u{85}",
            "\u{9B}",
            "\u{2028}", "\u{2029}", "\u{202E}", "\u{FEFF}", "\u{E000}", "é", "e\u{301}", "漢", "😀", "\u{10FFFF}", "a",
            "\\n",
            "\\u{a}", "verdict=accepted", " b=\"x\"", "2026-01-01T00:00:00.000Z info transaction verdict=accepted",
        ]
        var random = SeededGenerator(seed: 15)
        for _ in 0..<3000 {
            let values = (0..<3).map { _ in
                (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                    .joined()
            }
            let names: [LogLine.Key] = ["a", "b", "c"]
            let lines = [Configuration.LogSettings.Format.text, .json].map { format in
                Self.line(format) { line in for (name, value) in zip(names, values) { line.add(name, value) } }
            }
            for line in lines {
                let harmless = line.unicodeScalars.allSatisfy { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: false
                    default: true
                    }
                }
                #expect(harmless, "\(line)")
            }
            let expected = Dictionary(uniqueKeysWithValues: zip(["a", "b", "c"], values))
            let read = Self.fields(of: lines[0])
            #expect(
                read?.mapValues { Array($0.unicodeScalars) } == expected.mapValues { Array($0.unicodeScalars) },
                "\(lines[0])")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: String])
            for (name, value) in expected { #expect(object[name].map { Array($0.utf8) } == Array(value.utf8)) }
            #expect(object.count == 6)
        }
    }

    @Test func failuresOfRulesAreCountedByRule() {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let log = RelayLog(ServiceLog(.init(level: .info, format: .text), writer: writer))
        for rule in ["a", "b", "a"] {
            let failure = PolicyFailure(
                rule: RuleReference(policy: "p", rule: rule), reason: "the match limit is exceeded")
            log.note(.policyFailure(failure), session: "s", client: ClientIdentity(address: IPAddress("192.0.2.1")))
        }
        writer.close()
        try? pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        let detail = #"detail="the match limit is exceeded""#
        #expect(
            lines == [
                "error policy failure session=s client=192.0.2.1 rule=p/a failures=1 \(detail)",
                "error policy failure session=s client=192.0.2.1 rule=p/b failures=1 \(detail)",
                "error policy failure session=s client=192.0.2.1 rule=p/a failures=2 \(detail)",
            ])
    }

    @Test(arguments: [
        (
            Configuration.LogSettings.Format.text,
            [
                "notice rule rule=p/a held=3 failures=0", "notice rule rule=p/a? held=1 failures=0",
                "notice rule rule=p/b held=0 failures=2", "notice rule rule=q/a held=1 failures=1",
                "notice rules counted rules=4 since=",
            ]
        ),
        (.json, [#""message":"rule","rule":"p/a","held":3,"failures":0}"#]),
    ])
    func whatRulesDidIsToldOnDemand(format: Configuration.LogSettings.Format, expected: [String]) {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let log = RelayLog(ServiceLog(.init(level: .notice, format: format), writer: writer))
        let (a, b) = (RuleReference(policy: "p", rule: "a"), RuleReference(policy: "p", rule: "b"))
        let (monitored, other) = (
            RuleReference(policy: "p", rule: "a", isMonitor: true), RuleReference(policy: "q", rule: "a")
        )
        log.held([other, a, a])
        log.held([monitored, a])
        for rule in [b, b, other] {
            log.note(
                .policyFailure(PolicyFailure(rule: rule, reason: "x")), session: "s",
                client: ClientIdentity(address: nil))
        }
        log.writeCounts()
        writer.close()
        try? pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.contains("rule") && !$0.contains("policy failure") }
        #expect(lines.count == 5)
        for (line, expectation) in zip(lines, expected) { #expect(line.contains(expectation), "\(line)") }
    }

    @Test func aMessageOfALoggerStaysOnItsLine() {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let logger = ServiceLog(.init(level: .notice, format: .text), writer: writer).logger("test")
        logger.info("too low")
        logger.error("one\ntwo", metadata: ["b": "x\ny", "a": "1"])
        writer.close()
        try? pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        #expect(text.hasSuffix(#" error one\ntwo a=1 b="x\ny""# + "\n"))
        #expect(text.count { $0 == "\n" } == 1)
    }
}

@Suite struct RelayLogTests {
    /// What the log writes of a session in which the client says some texts, each in one piece.
    private static func log(policy: String, says texts: [String]) throws -> String {
        let policies = try #require(PolicyFile.load(text: policy, path: "p.yaml").set)
        let settings = RelaySettings(hostname: "mx.example.com", checkpoints: Checkpoints(of: policies))
        var session = RelaySession(settings: settings, identifier: "0000000001")
        let now = Moment(nanoseconds: 1)
        let events = texts.map { RelayEvent.clientBytes(ByteBuffer(string: $0)) }
        for event in [.accepted(ClientIdentity(address: nil), capabilities: nil)] + events {
            session.handle(event, at: now)
            while let stage = session.checkpoint {
                session.handle(.verdict(policies.evaluate(stage, session.facts)), at: now)
            }
        }
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let log = RelayLog(ServiceLog(.init(level: .info, format: .text), writer: writer))
        for case .record(let record) in session.output.actions { log.record(record) }
        writer.close()
        try? pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    }

    @Test func whatIsDiscardedHasALine() throws {
        let log = try Self.log(
            policy: "policy: p\nrules:\n  - { name: trap, when: { sender.local: a }, then: discard }\n",
            says: [
                "HELO x.example\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n", "DATA\r\n", "\r\n.\r\n",
            ]
        )
        #expect(log.contains(#" verdict=discarded stage=mail source=policy reply="250 2.0.0 Ok" rules=p/trap "#))
        #expect(log.contains(#" sender=<a@example.net> edited=1 edits="<b@example.com> discarded [p/trap]" octets=2 "#))
    }
}

@Suite struct LogWriterTests {
    @Test func linesComeInOrderAndComplete() throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, gathering: 0.001)
        let reader = PipeReader(pipe)
        for number in 0..<20_000 { writer.write("line \(number)".utf8) }
        writer.close(limit: 60)
        try pipe.fileHandleForWriting.close()
        let expectation = (0..<20_000).map { "line \($0)\n" }.joined()
        #expect(writer.droppedLines == 0)
        let data = reader.wait()
        #expect(data == Data(expectation.utf8))
    }

    @Test func whatDoesNotFitIsDroppedAndCounted() throws {
        let pipe = Pipe()
        // Nobody reads: the pipe fills, then the buffer, and no write may ever wait.
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 1000, gathering: 0)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 99)
        for _ in 0..<5000 { writer.write(line) }
        let dropped = writer.droppedLines
        #expect(dropped > 1000)
        let reader = PipeReader(pipe)
        writer.close(limit: 60)
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: reader.wait(), as: UTF8.self)
        #expect(text.contains("log lines were dropped"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("x") }.count == 5000 - dropped)
    }

    @Test func aClosedDescriptorCostsLinesAndNothingElse() {
        let writer = LogWriter(descriptor: -1, gathering: 0)
        writer.write("lost".utf8)
        writer.close()
        #expect(writer.droppedLines == 1)
        writer.write("later".utf8)
        #expect(writer.droppedLines == 2)
    }
}

/// Reads a pipe to its end on a thread of its own.
private final class PipeReader: @unchecked Sendable {
    // @unchecked: `data` is written before the signal and read behind it.
    private let done = DispatchSemaphore(value: 0)
    private var data = Data()

    init(_ pipe: Pipe) {
        Thread { [self] in
            data = pipe.fileHandleForReading.readDataToEndOfFile()
            done.signal()
        }.start()
    }

    func wait() -> Data {
        done.wait()
        return data
    }
}

/// SplitMix64: the same numbers in every run.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
