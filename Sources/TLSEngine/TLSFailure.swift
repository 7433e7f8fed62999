import COpenSSL

/// Why TLS could not be set up or did not go on, in the library's words: for the log and the operator, never for a peer.
public struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }

    /// What the library has noted in this thread about the call that has just failed; forgets it.
    ///
    /// The earliest entry is the cause, those behind it tell which callers it passed through.
    static func noted(_ fallback: String) -> TLSFailure {
        let error = ERR_peek_error()
        defer { ERR_clear_error() }
        guard error != 0 else { return TLSFailure(fallback) }
        guard let text = ERR_reason_error_string(error) else { return TLSFailure("\(fallback) (error \(error))") }
        return TLSFailure(String(cString: text))
    }
}
