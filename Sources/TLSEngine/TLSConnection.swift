import COpenSSL
import NIOCore

/// One TLS connection as octets in, octets out, and a state: no sockets, no clock.
///
/// `receive` takes what came from the other side and returns what it says; `send` takes what is to be said. After each
/// call `takeOutput` has what is to go to the other side, alerts included, and `state` may have changed.
///
/// States: `handshaking` → `established` → `finished` when the other side has said that it will send no more
/// (close_notify; what we send is still read), or `failed` at any time: the other side's input makes no sense, or it has
/// sent an alert, or its certificate is not believed. What it says in `failed` is not listened to.
///
/// The library reads from one buffer and writes to another through a BIO of our own. It takes everything at once (a
/// record that is not whole waits inside, at most 16 KiB and a header), so that nothing piles up here; the owner bounds
/// the output by not sending while the other side does not drain.
///
/// An end of the connection without close_notify is none of this machine's business: SMTP has its own ends, and a
/// message without the final dot is no message.
///
/// Refused: renegotiation, compression, early data, versions before the settings' least.
///
/// Not sendable: all calls come from one thread at a time. The BIO and the callbacks hold it unretained.
public final class TLSConnection {
    public enum State: Hashable, Sendable {
        case handshaking
        case established
        case finished
        case failed(TLSFailure)
    }

    public private(set) var state = State.handshaking
    /// Nil before the handshake is complete.
    public private(set) var facts: TLSFacts?

    private let connection: OpaquePointer
    private let role: Role
    private var inbound = ByteBuffer()
    private var outbound = ByteBuffer()
    private var hasSaidFinish = false

    private enum Role {
        case server(TLSServerContext, TLSTicketKeys)
        case client(TLSClientContext, name: String)
    }

    /// The server's side; waits for a client's hello.
    ///
    /// A client that is asked for a certificate may have none, or one that nobody vouches for: it is let in, and `facts`
    /// say what it has proven.
    public init(
        server context: TLSServerContext,
        tickets: TLSTicketKeys,
        asksForCertificate: Bool = false
    ) throws(TLSFailure) {
        role = .server(context, tickets)
        connection = try Self.make(context.context)
        try attach()
        if asksForCertificate { try context.askForCertificate(on: connection) }
        SSL_set_accept_state(connection)
    }

    /// The client's side, with the first octets of its hello in the output. `name` is the server's: a domain, which is
    /// asked for, or an address; where certificates are verified, the one that they must be for.
    public init(client context: TLSClientContext, name: String) throws(TLSFailure) {
        role = .client(context, name: name)
        connection = try Self.make(context.context)
        try attach()
        try context.prepare(connection, name: name)
        SSL_set_connect_state(connection)
        shakeHands()
    }

    deinit {
        // A connection that ends without close_notify would take its session with it; RFC 8446 6.1 no longer asks that.
        if state == .established || state == .finished {
            SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        SSL_free(connection)
    }

    // MARK: Octets

    /// Takes octets from the other side; returns what it says in them, if anything.
    public func receive(_ octets: ByteBuffer) -> ByteBuffer? {
        guard isListening else { return nil }
        inbound = octets
        // The storage is the channel's again, also when something is left of it.
        defer { inbound = ByteBuffer() }
        if state == .handshaking { shakeHands() }
        guard state == .established else { return nil }
        return read()
    }

    /// Says something to the other side. Before the handshake and after a failure nobody would hear it.
    public func send(_ plaintext: ByteBuffer) {
        guard plaintext.readableBytes > 0, !hasSaidFinish, state == .established || state == .finished else { return }
        let records = (plaintext.readableBytes - 1) / Self.largestRecord + 1
        outbound.reserveCapacity(minimumWritableBytes: plaintext.readableBytes + records * Self.recordOverhead)
        ERR_clear_error()
        let isSent = plaintext.withUnsafeReadableBytes { octets in
            var written = 0
            return SSL_write_ex(connection, octets.baseAddress, octets.count, &written) == 1
        }
        if !isSent { fail() }
    }

    /// Says that nothing more will be sent. What the other side sends is still heard.
    public func finish() {
        guard !hasSaidFinish, state == .established || state == .finished else { return }
        hasSaidFinish = true
        ERR_clear_error()
        SSL_shutdown(connection)
        ERR_clear_error()
    }

    /// What is to go to the other side, if anything.
    public func takeOutput() -> ByteBuffer? {
        guard outbound.readableBytes > 0 else { return nil }
        defer { outbound = ByteBuffer() }
        return outbound
    }

    private static let largestRecord = 16 * 1024
    /// Header, explicit nonce and tag of a record, or what TLS 1.2 pads.
    private static let recordOverhead = 64

    private var isListening: Bool {
        switch state {
        case .handshaking, .established: true
        case .finished, .failed: false
        }
    }

    // MARK: The library

    private func shakeHands() {
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        guard result != 1 else {
            let facts = TLSFacts(connection)
            self.facts = facts
            state = .established
            // The library tells of new sessions alone; one of TLS 1.2 may be resumed again.
            if facts.isResumed, facts.version == "TLSv1.2", let session = SSL_get1_session(connection), !keep(session) {
                SSL_SESSION_free(session)
            }
            return
        }
        if SSL_get_error(connection, result) != SSL_ERROR_WANT_READ { fail() }
    }

    private func read() -> ByteBuffer? {
        // Room for all at once: the part of a record that waits inside comes out with what has come now.
        let waiting = SSL_has_pending(connection) == 1 ? Self.largestRecord : 0
        var plaintext = ByteBuffer()
        plaintext.reserveCapacity(max(inbound.readableBytes + waiting, Self.leastRoom))
        while true {
            var count = 0
            var result: CInt = 0
            if ERR_peek_error() != 0 { ERR_clear_error() }
            let room = max(inbound.readableBytes, Int(SSL_pending(connection)), Self.leastRoom)
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { octets in
                result = SSL_read_ex(connection, octets.baseAddress, octets.count, &count)
                return count
            }
            guard result != 1 else {
                // The library reads no further than a record: nothing is left to ask it for, and no room needed to ask.
                if inbound.readableBytes == 0, SSL_pending(connection) == 0 { return plaintext }
                continue
            }
            switch SSL_get_error(connection, result) {
            case SSL_ERROR_WANT_READ: break
            case SSL_ERROR_ZERO_RETURN: state = .finished
            default: fail()
            }
            return plaintext.readableBytes > 0 ? plaintext : nil
        }
    }

    /// Less than this is not worth asking the library for.
    private static let leastRoom = 256

    private func fail() {
        let verification = SSL_get_verify_result(connection)
        let noted = TLSFailure.noted("ended by the other side")
        guard case .client = role, verification != X509_V_OK, SSL_get_verify_mode(connection) != SSL_VERIFY_NONE,
            let why = X509_verify_cert_error_string(verification)
        else {
            state = .failed(noted)
            return
        }
        state = .failed(TLSFailure("\(noted): \(String(cString: why))"))
    }

    private static func make(_ context: TLSContext) throws(TLSFailure) -> OpaquePointer {
        ERR_clear_error()
        guard let connection = SSL_new(context.pointer) else { throw .noted("no memory for a connection") }
        return connection
    }

    private func attach() throws(TLSFailure) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        guard let bio = BIO_new(BufferBIO.method), SSL_set_ex_data(connection, 0, this) == 1 else {
            throw .noted("no memory for a connection")
        }
        BIO_set_data(bio, this)
        SSL_set_bio(connection, bio, bio)
    }

    // MARK: Called back

    static func owner(of connection: OpaquePointer?) -> TLSConnection? {
        guard let this = SSL_get_ex_data(connection, 0) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(this).takeUnretainedValue()
    }

    var tickets: TLSTicketKeys? {
        if case .server(_, let tickets) = role { tickets } else { nil }
    }

    func presentCertificates() -> CInt {
        guard case .server(let context, _) = role, let name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name)
        else { return 1 }
        return context.presentCertificates(to: connection, name: String(cString: name)) ? 1 : 0
    }

    func keep(_ session: OpaquePointer) -> Bool {
        guard case .client(let context, let name) = role else { return false }
        context.keep(session, for: name)
        return true
    }

    /// Copies what has come, at most `count` octets; returns how many.
    func readInbound(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        inbound.readWithUnsafeReadableBytes { octets in
            let count = min(count, octets.count)
            if count > 0, let source = octets.baseAddress { target.copyMemory(from: source, byteCount: count) }
            return count
        }
    }

    func writeOutbound(_ octets: UnsafeRawBufferPointer) {
        outbound.writeBytes(octets)
    }
}
