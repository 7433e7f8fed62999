import Foundation
import NIOCore
import TLSEngine

/// What the server's side of `TLSEngine` costs without a network, to be held against `tls-raw`, which does the same with
/// OpenSSL alone.
///
///     tls-benchmark CHAIN KEY SECONDS
///
/// A client and a server in one thread, with buffers between them; only the server's processor time is counted. Prints one
/// line of JSON: full handshakes (each with one ticket), and mebibytes decrypted, per second of processor time.
///
/// Where nothing else is allocated, malloc gives the pages of each buffer back to the system, as it does not beside sessions:
/// `Benchmarks/run` sets what keeps it from that (`KEEPING_MEMORY`).
@main
struct TLSBenchmark {
    private static let pieceOctets = 64 << 10

    private let server: TLSServerContext
    private let tickets = TLSTicketKeys()
    /// Seconds of processor time that the server has taken.
    private var spent = 0.0

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let limit = Double(arguments[3]) else {
            FileHandle.standardError.write(Data("usage: tls-benchmark CHAIN KEY SECONDS\n".utf8))
            exit(64)
        }
        let certificate = try TLSCertificate(
            chain: Array(Data(contentsOf: URL(filePath: arguments[1]))),
            key: Array(Data(contentsOf: URL(filePath: arguments[2])))
        )
        var benchmark = TLSBenchmark(server: try TLSServerContext(name: "benchmark", certificates: [certificate]))
        let handshakes = try benchmark.handshakes(until: limit)
        let mebibytes = try benchmark.mebibytes(until: limit)
        print(#"{"handshakes": \#(Int(handshakes)), "mib": \#(Int(mebibytes))}"#)
    }

    private init(server: TLSServerContext) {
        self.server = server
    }

    /// Full handshakes per second.
    private mutating func handshakes(until limit: Double) throws -> Double {
        spent = 0
        var count = 0.0
        while spent < limit {
            var leaving = [try connected().server]
            timed { leaving.removeAll() }
            count += 1
        }
        return count / spent
    }

    /// Mebibytes decrypted per second.
    private mutating func mebibytes(until limit: Double) throws -> Double {
        let (server, client) = try connected()
        let piece = ByteBuffer(repeating: UInt8(ascii: "a"), count: Self.pieceOctets)
        spent = 0
        var octets = 0
        while spent < limit {
            client.send(piece)
            guard let sent = client.takeOutput() else { throw Failure.nothingSent }
            octets += timed { server.receive(sent)?.readableBytes ?? 0 }
        }
        return Double(octets) / Double(1 << 20) / spent
    }

    /// A client that has nothing to resume, and the server that it has shaken hands with.
    private mutating func connected() throws -> (server: TLSConnection, client: TLSConnection) {
        let client = try TLSConnection(client: TLSClientContext(), name: "mx.example.com")
        let (context, tickets) = (self.server, self.tickets)
        let server = try timed { try TLSConnection(server: context, tickets: tickets) }
        while true {
            let toServer = client.takeOutput()
            let toClient = timed {
                if let toServer { _ = server.receive(toServer) }
                return server.takeOutput()
            }
            guard toServer != nil || toClient != nil else { break }
            if let toClient { _ = client.receive(toClient) }
        }
        guard server.state == .established, client.state == .established else { throw Failure.noHandshake }
        return (server, client)
    }

    private mutating func timed<Value>(_ work: () throws -> Value) rethrows -> Value {
        let before = Self.processorSeconds()
        let value = try work()
        spent += Self.processorSeconds() - before
        return value
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private enum Failure: Error {
        case noHandshake, nothingSent
    }
}
