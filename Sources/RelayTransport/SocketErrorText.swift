import Glibc
import NIOCore
import NIOPosix

/// Why a socket could not be bound or connected, in the system's words: for the log and the operator, never for a peer.
enum SocketErrorText {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { of($0.error) } ?? "the name has no address"
        case let error as ChannelError:
            if case .connectTimeout = error { "no connection in time" } else { "\(error)" }
        default: "\(error)"
        }
    }
}
