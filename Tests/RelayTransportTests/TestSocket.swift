import Glibc
import NIOCore
import TLSEngine
import Testing
import TranscriptKit

/// A blocking TCP socket on loopback with a deadline for every wait.
/// @unchecked: a test gives one to a second thread for writing alone, which touches the descriptor and no state.
final class TestSocket: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private(set) var hasEnded = false
    private var tls: TLSConnection?
    /// Reads again what comes, where this is an upstream's end.
    var reader: StrictReader?

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        for fault in reader?.faults ?? [] { Issue.record("\(fault)") }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withAddress<R>(
        _ port: Int,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
    ) -> R {
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static func listening() throws -> TestSocket {
        let socket = TestSocket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        guard withAddress(0, { bind(socket.descriptor, $0, $1) }) == 0 else { throw Failure("bind") }
        guard listen(socket.descriptor, 16) == 0 else { throw Failure("listen") }
        return socket
    }

    static func connected(to port: Int) throws -> TestSocket {
        let socket = TestSocket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        guard withAddress(port, { connect(socket.descriptor, $0, $1) }) == 0 else { throw Failure("connect") }
        return socket
    }

    var port: Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func accepted() throws -> TestSocket {
        let accepted = accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Failure("accept") }
        return TestSocket(accepted)
    }

    /// Whether a connection waits to be accepted, or octets to be read, now.
    var isReady: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    // MARK: TLS

    /// What was agreed on, once `secure` has returned.
    var tlsFacts: TLSFacts? { tls?.facts }

    /// Shakes hands; everything said and heard from then on is encrypted.
    func secure(_ connection: TLSConnection) throws {
        tls = connection
        // A hello may have come with the line before it.
        let early = Array(buffer[start...])
        reader?.secured()
        buffer = []
        start = 0
        if !early.isEmpty { _ = connection.receive(ByteBuffer(bytes: early)) }
        while connection.state == .handshaking {
            try flushTLS()
            guard try readMore() else { throw Failure("the connection ended in the handshake") }
        }
        try flushTLS()
        if case .failed(let failure) = connection.state { throw failure }
    }

    /// Says that nothing more will be sent, and leaves the connection open.
    func finishTLS() throws {
        tls?.finish()
        try flushTLS()
    }

    private func flushTLS() throws {
        if let output = tls?.takeOutput() { try writeRaw(Array(output.readableBytesView)) }
    }

    func write(_ octets: [UInt8]) throws {
        reader?.upstreamSays(octets)
        guard let tls else { return try writeRaw(octets) }
        tls.send(ByteBuffer(bytes: octets))
        try flushTLS()
    }

    private func writeRaw(_ octets: [UInt8]) throws {
        var rest = octets[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw Failure("send") }
            rest = rest.dropFirst(sent)
        }
    }

    /// The next line without its CRLF; nil at the end of the stream.
    func readLine() throws -> String? {
        while true {
            if let end = buffer[start...].firstIndex(of: 10) {
                let line = buffer[start..<end]
                start = end + 1
                guard line.last == 13 else { return "(no CR) " + String(decoding: line, as: UTF8.self) }
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            guard try readMore() else { return nil }
        }
    }

    /// Reads until the peer closes; what came is kept for `readLine`.
    func awaitEnd() throws {
        while try readMore() {}
    }

    private func readMore() throws -> Bool {
        guard !hasEnded else { return false }
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count > 0 {
            buffer.removeFirst(start)
            start = 0
            guard let tls else {
                buffer += piece[..<count]
                reader?.relaySays(piece[..<count])
                return true
            }
            if let said = tls.receive(ByteBuffer(bytes: piece[..<count])) {
                buffer += said.readableBytesView
                reader?.relaySays(said.readableBytesView)
            }
            if case .handshaking = tls.state { try flushTLS() }
            return true
        }
        guard count == 0 || errno == ECONNRESET else { throw Failure("recv") }
        hasEnded = true
        return false
    }

    /// Lets the end of the connection be a reset.
    func resetWhenClosed() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    private static let handshakeRecord: UInt8 = 22

    func endOutput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// A hello that nobody has answered is no line.
    var unreadLines: [String] {
        if start < buffer.count, buffer[start] == Self.handshakeRecord { return [] }
        return String(decoding: buffer[start...], as: UTF8.self).split(separator: "\r\n").map(String.init)
    }
}
