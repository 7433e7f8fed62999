import Foundation
import NIOCore
import NIOConcurrencyHelpers
import RelayTransport
import SMTPProtocol
import Testing

@testable import GatepostService

/// The service with a sink behind it, its log in a file.
@Suite struct GatepostServiceTests {
    private struct Trial {
        let folder: TemporaryFolder
        let signals = ServiceSignals()
        let memory = SinkMemory()
        private let log: FileHandle

        init() throws {
            folder = try TemporaryFolder()
            try folder.write("log.txt", "")
            log = try FileHandle(forUpdating: URL(filePath: folder.path("log.txt")))
        }

        /// What the log says by now.
        func logged() throws -> String { try String(contentsOfFile: folder.path("log.txt"), encoding: .utf8) }

        func configure(_ text: String = "", policy: String) throws {
            try folder.write("policy.yaml", policy)
            try folder.write("tail.yaml", text)
        }

        /// Runs the service and `body`, which is told the port; gives the log.
        func run(format: String = "text", _ body: @escaping @Sendable (Int) async throws -> Void) async throws -> String
        {
            let sink = try await Sink(at: .address(IPAddress(v4: 0x7F00_0001), port: 0), store: memory)
            try folder.write(
                "gatepost.yaml",
                """
                hostname: mx.example.com
                listeners: [{ name: mx, address: 127.0.0.1:0, upstream: mail }]
                upstreams: { mail: { servers: ["\(sink.endpoint)"] } }
                policies: policy.yaml
                log: { format: \(format) }

                """
            )
            let source = ConfigurationSource.file(folder.path("gatepost.yaml"))
            let configuration = try #require(source.load().configuration)
            let writer = LogWriter(descriptor: log.fileDescriptor)
            let service = GatepostService(configuration, from: source, writer: writer)
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            try await withThrowingTaskGroup { group in
                group.addTask { [signals] in
                    try await service.run(obeying: signals) { listeners in
                        if case .address(_, let port)? = listeners.first?.endpoint { continuation.yield(port) }
                    }
                }
                group.addTask { [signals] in
                    defer { signals.request(.stop) }
                    for await port in ports { return try await body(port) }
                }
                try await group.waitForAll()
            }
            await sink.stop()
            return try logged()
        }
    }

    private static let refusing = """
        policy: trial
        rules:
          - name: no-urgency
            when: { header.subject: urgent }
            then: { reject: 554 5.7.1 Nothing is urgent }

        """

    private static func sample(_ subject: String) -> SampleMail {
        SampleMail(
            title: "", about: "",
            steps: [
                .command("MAIL FROM:<a@b.example>"), .command("RCPT TO:<c@d.example>"),
                .message(ByteBuffer(string: "Subject: \(subject)\r\n\r\nx\r\n")),
            ],
            expectation: .init(reply: "250")
        )
    }

    @Test func oneLineTellsTheStoryOfATransaction() async throws {
        let trial = try Trial()
        try trial.folder.write("policy.yaml", Self.refusing)
        let log = try await trial.run { port in
            _ = try await SampleClient(port: port).send(Self.sample("lunch"))
            _ = try await SampleClient(port: port).send(Self.sample("urgent"))
        }
        let lines = log.split(separator: "\n").map { $0.drop { $0 != " " }.dropFirst() }
        #expect(lines.contains { $0.hasPrefix("info listening address=127.0.0.1:") && $0.hasSuffix(" listener=mx") })
        let transactions = lines.filter { $0.hasPrefix("info transaction ") }
        try #require(transactions.count == 2)
        for field in [
            "verdict=accepted", "stage=message", "source=upstream", #"reply="250 2.6.0 Message stored""#, "listener=mx",
            "client=127.0.0.1:", "helo=client.example.net", "sender=<a@b.example>", "recipients=1", "to=<c@d.example>",
            "octets=21", "upstream=127.0.0.1:", "ms=",
        ] {
            #expect(transactions[0].contains(" \(field)"))
        }
        for field in [
            "verdict=rejected", "stage=header", "source=policy", #"reply="554 5.7.1 Nothing is urgent ("#,
            "rules=trial/no-urgency",
        ] {
            #expect(transactions[1].contains(" \(field)"))
        }
        #expect(lines.last == "info stopped")
        #expect(trial.memory.takeAll().count == 1)
    }

    @Test func everyLineIsAnObjectWhenAskedFor() async throws {
        let trial = try Trial()
        try trial.folder.write("policy.yaml", Self.refusing)
        let log = try await trial.run(format: "json") { port in
            _ = try await SampleClient(port: port).send(Self.sample("urgent"))
        }
        let objects = log.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        #expect(objects.count == log.split(separator: "\n").count)
        let transaction = try #require(objects.first { $0["message"] as? String == "transaction" })
        #expect(transaction["rules"] as? [String] == ["trial/no-urgency"])
        #expect(transaction["verdict"] as? String == "rejected")
    }

    @Test func aReloadHoldsForNewSessionsAndAFaultyOneForNone() async throws {
        let trial = try Trial()
        try trial.folder.write("policy.yaml", Self.refusing)
        let replies = NIOLockedValueBox<[String]>([])
        let log = try await trial.run { [trial] port in
            let (folder, signals) = (trial.folder, trial.signals)
            /// Sends a mail until it is answered as expected: a reload takes effect a moment after it was asked for.
            func send(expecting code: String) async throws {
                for _ in 0..<500 {
                    let reply = try await SampleClient(port: port).send(Self.sample("urgent")).lastReply
                    guard let reply, "\(reply.code)" == code else { continue }
                    return replies.withLockedValue { $0.append(code) }
                }
            }
            try await send(expecting: "554")
            try folder.write("policy.yaml", Self.refusing.replacing("reject: 554 5.7.1", with: "defer: 450 4.7.1"))
            signals.request(.reload)
            try await send(expecting: "450")
            try folder.write("policy.yaml", "policy: trial\nruels: []\n")
            signals.request(.reload)
            for _ in 0..<500 where try !trial.logged().contains("reload failed") { try await send(expecting: "450") }
        }
        #expect(replies.withLockedValue { $0.prefix(2) } == ["554", "450"])
        #expect(replies.withLockedValue { Set($0.dropFirst()) } == ["450"])
        #expect(log.contains(" notice reloaded policies=1\n"))
        #expect(log.contains("policy.yaml:2:1: error: unknown key `ruels`; did you mean `rules`?\"\n"))
        #expect(log.contains(" error reload failed detail=\"the running configuration stays\"\n"))
    }

    @Test func listsAreReadAgainAtAReload() async throws {
        let trial = try Trial()
        try trial.folder.write("refused.txt", "other.example\n")
        try trial.folder.write(
            "policy.yaml",
            """
            policy: trial
            lists: { refused: { file: refused.txt } }
            rules:
              - name: from-there
                at: header
                when: { sender.domain: { in: refused } }
                then: { reject: Not from there }

            """)
        let codes = NIOLockedValueBox<Set<String>>([])
        let log = try await trial.run { [folder = trial.folder, signals = trial.signals] port in
            for attempt in 0..<500 {
                let reply = try await SampleClient(port: port).send(Self.sample("lunch")).lastReply
                let code = reply.map { "\($0.code)" } ?? "none"
                codes.withLockedValue { _ = $0.insert(code) }
                if code == "554" { return }
                if attempt == 0 {
                    try folder.write("refused.txt", "other.example\nb.example\n")
                    signals.request(.reload)
                }
            }
        }
        #expect(codes.withLockedValue { $0 } == ["250", "554"])
        #expect(log.contains(" notice reloaded policies=1\n"))
    }

    @Test func howOftenRulesHeldIsToldOnDemandAndAtTheEnd() async throws {
        let trial = try Trial()
        try trial.folder.write(
            "policy.yaml",
            Self.refusing + "  - { name: watched, at: recipient, mode: monitor, then: { defer: later } }\n")
        let log = try await trial.run { [signals = trial.signals] port in
            _ = try await SampleClient(port: port).send(Self.sample("urgent"))
            signals.request(.counts)
            _ = try await SampleClient(port: port).send(Self.sample("urgent"))
        }
        let counts = log.split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
            .filter { $0.hasPrefix("notice rule") }
        #expect(counts.count == 6)
        #expect(counts.suffix(3).first == "notice rule rule=trial/no-urgency held=2 failures=0")
        #expect(counts.suffix(2).first == "notice rule rule=trial/watched? held=2 failures=0")
        #expect(counts.last?.hasPrefix("notice rules counted rules=2 since=20") == true)
    }

    @Test func anAddressThatIsTakenIsAFailure() async throws {
        let sink = try await Sink(at: .address(IPAddress(v4: 0x7F00_0001), port: 0), store: SinkVoid())
        let configuration = try Configuration(listen: "\(sink.endpoint)", upstream: "127.0.0.1:1", policies: [])
        let pipe = Pipe()
        let service = GatepostService(
            configuration, from: .arguments(configuration),
            writer: LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        )
        await #expect(throws: (any Error).self) { try await service.run(obeying: ServiceSignals()) }
        await sink.stop()
    }
}
