import Foundation
import Logging
import NIOCore
import NIOPosix
import Policy
import PolicyFiles
import RelayCore
import RelayTransport
import SMTPProtocol

/// Starts a sink with the proxy before it, sends the samples through, and shows what becomes of them.
public struct Demonstration: Sendable {
    /// The demonstration cannot begin.
    public enum Failure: Error, Sendable {
        case policies([Diagnostic])
        case noPolicies(directory: String)
    }

    private let paths: [String]
    private let policies: PolicySet
    private let print: @Sendable (String) -> Void

    /// Loads the policies of a directory, in the order of their names.
    public init(policyDirectory: String, print: @escaping @Sendable (String) -> Void) throws(Failure) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: policyDirectory)) ?? []
        paths = names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(policyDirectory)/\($0)" }
        guard !paths.isEmpty else { throw .noPolicies(directory: policyDirectory) }
        let loaded = PolicyFile.load(paths)
        guard let set = loaded.set else { throw .policies(loaded.diagnostics) }
        policies = set
        self.print = print
    }

    /// Sends the samples; unless `once`, goes on running until SIGTERM or SIGINT. Returns whether all was as expected.
    public func run(once: Bool) async throws -> Bool {
        let (store, log) = (DemonstrationStore(), DemonstrationLog())
        let sink = try await Sink(at: .address(Self.loopback, port: 0), store: store)
        var configuration = RelayConfiguration(
            hostname: "gatepost.example.com",
            listeners: [.init(name: "demo", endpoint: .address(Self.loopback, port: 0), upstream: sink.endpoint)]
        )
        configuration.policies = policies
        let server = try await RelayServer(
            configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            log: log,
            logger: Logger(label: "demo", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        guard let listener = try await server.start().first, case .address(_, let port) = listener.endpoint else {
            return false
        }
        introduce(port: port, sink: sink.endpoint)

        var failed = 0
        for (index, sample) in SampleMail.all.enumerated() {
            print("\n\(index + 1). \(sample.title)\n   \(sample.about)\n\n")
            let result = try await SampleClient(port: port).send(sample)
            let (records, lines) = log.takeAll()
            let report = SampleReport(
                sample: sample, result: result, records: records, logged: lines, answers: answers(to: sample),
                arrived: store.takeAll()
            )
            print(report.lines.map { "\($0)\n" }.joined())
            if !report.surprises.isEmpty { failed += 1 }
        }
        print("\n\(SampleMail.all.count) samples, \(failed) not as expected.\n")

        if !once {
            store.startPrinting(print)
            log.startPrinting(print)
            invite(port: port)
            let signals = await ServiceSignals.ofProcess()
            for await request in signals.requests {
                if case .stop = request { break }
            }
        }
        await server.shutdown(grace: .seconds(1))
        await sink.stop()
        return failed == 0
    }

    /// What the policies make of single commands: no transaction, so that nothing is recorded of them.
    private func answers(to sample: SampleMail) -> [SimulatedOutcome] {
        sample.questions.compactMap { question in
            var request = ExplainRequest()
            guard (try? request.set(command: question)) != nil else { return nil }
            request.transaction.clientAddress = Self.loopback
            return request.transaction.run(policies)
        }
    }

    private static let loopback = IPAddress(v4: 0x7F00_0001)

    private func introduce(port: Int, sink: Endpoint) {
        print("client -> Gatepost at 127.0.0.1:\(port) -> mail server (the sink) at \(sink)\n\nPolicies:\n")
        for policy in policies.summary.policies {
            print("   \(policy.name): \(policy.description ?? "")\n")
        }
    }

    private func invite(port: Int) {
        print(
            """

            Try it by hand; decisions and what arrives are shown here. Interrupt to end.

               telnet 127.0.0.1 \(port)
               swaks --server 127.0.0.1:\(port) --from you@example.com --to reader@example.com


            """
        )
    }
}
