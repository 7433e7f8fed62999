import Glibc
import NIOCore
import Testing

@testable import RelayTransport

@Suite("Connections on this machine") struct LocalConnectionTests {
    @Test("a socket is connected when it is handed over") func connected() throws {
        let listener = try TestSocket.listening()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
        let socket = try #require(LocalConnection.socket(to: address))
        defer { close(socket) }
        var peer = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let answer = withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) }
        }
        #expect(answer == 0)
        #expect(Int(in_port_t(bigEndian: peer.sin_port)) == listener.port)
        #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(socket, F_GETFL) & O_NONBLOCK != 0)
    }

    @Test("there is none where nobody listens") func refused() throws {
        let listener = try TestSocket.bound()
        #expect(LocalConnection.socket(to: try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)) == nil)
    }

    @Test("a listener that takes no more is not waited for") func full() throws {
        let listener = try TestSocket.listening(backlog: 0)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: listener.port)
        var sockets: [CInt] = []
        defer { for socket in sockets { close(socket) } }
        while sockets.count < 16, let socket = LocalConnection.socket(to: address) { sockets.append(socket) }
        #expect(sockets.count < 16)
    }

    @Test(
        "addresses of the loopback interface alone are of this machine for certain",
        arguments: [
            ("127.0.0.1:25", true), ("127.9.9.9:25", true), ("[::1]:25", true), ("192.0.2.1:25", false),
            ("[2001:db8::1]:25", false), ("0.0.0.0:25", false), ("localhost:25", false), ("unix:/run/mta", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try #require(Endpoint(text)).isLoopback == isLoopback)
    }
}
