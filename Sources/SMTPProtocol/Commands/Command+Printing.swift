import NIOCore

extension Command {
    /// The text behind the verb, nil when there is none.
    ///
    /// Of AUTH it is the mechanism alone: this text reaches policies and logs, and a credential must not.
    public var argument: String? {
        if case .auth(let mechanism, _) = self { return mechanism }
        let text = String(unsafeUninitializedCapacity: argumentRoom) { octets in
            var writer = OctetWriter(UnsafeMutableRawBufferPointer(octets))
            writeArgument(by: &writer)
            return writer.count
        }
        return text.isEmpty ? nil : text
    }

    /// Writes the line with its CRLF. Control characters in a free text are left out, so that a command is one line.
    public func write(into buffer: inout ByteBuffer) {
        let verb = verb.rawValue
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: verb.utf8.count + argumentRoom + 3) { octets in
            var writer = OctetWriter(octets)
            writer.put(text: verb)
            let end = writer.count
            writer.put(.space)
            writeArgument(by: &writer)
            if writer.count == end + 1 { writer.takeBack(to: end) }
            writer.put("\r\n")
            return writer.count
        }
    }

    /// Octets that are enough for the argument.
    private var argumentRoom: Int {
        switch self {
        case .helo(let name), .ehlo(let name), .lhlo(let name): name.text.utf8.count
        case .mail(let path, let parameters): path.room + parameters.room
        case .rcpt(let path, let parameters): path.room + parameters.room
        case .send(let path), .soml(let path), .saml(let path): path.room
        case .vrfy(let text), .expn(let text), .etrn(let text): text.utf8.count
        case .help(let text), .noop(let text): text?.utf8.count ?? 0
        case .bdat: 32
        case .auth(let mechanism, let initialResponse):
            mechanism.utf8.count + 1 + (initialResponse?.text.utf8.count ?? 0)
        case .xclient(let attributes), .xforward(let attributes):
            attributes.reduce(0) { $0 + $1.written.utf8.count + 1 }
        case .data, .rset, .quit, .startTLS, .turn: 0
        }
    }

    private func writeArgument(by writer: inout OctetWriter) {
        switch self {
        case .helo(let name), .ehlo(let name), .lhlo(let name):
            writer.put(text: name.text)
        case .mail(let path, let parameters):
            path.write(by: &writer)
            parameters.write(by: &writer)
        case .rcpt(let path, let parameters):
            path.write(by: &writer)
            parameters.write(by: &writer)
        case .send(let path), .soml(let path), .saml(let path):
            path.write(by: &writer)
        case .vrfy(let text), .expn(let text), .etrn(let text):
            writer.put(text: ControlCharacters.removed(from: text))
        case .help(let text), .noop(let text):
            writer.put(text: ControlCharacters.removed(from: text ?? ""))
        case .bdat(let octets, let isLast):
            writer.put(text: isLast ? "\(octets) LAST" : "\(octets)")
        case .auth(let mechanism, let initialResponse):
            writer.put(text: ControlCharacters.removed(from: mechanism))
            if let initialResponse {
                writer.put(.space)
                writer.put(text: ControlCharacters.removed(from: initialResponse.text))
            }
        case .xclient(let attributes), .xforward(let attributes):
            writer.put(text: attributes.map(\.written).joined(separator: " "))
        case .data, .rset, .quit, .startTLS, .turn:
            break
        }
    }
}

extension ReversePath {
    /// Octets of `FROM:<mailbox>`.
    fileprivate var room: Int { (mailbox?.description.utf8.count ?? 0) + 7 }

    fileprivate func write(by writer: inout OctetWriter) {
        writer.put("FROM:<")
        if let mailbox { writer.put(text: mailbox.description) }
        writer.put(.greaterThan)
    }
}

extension ForwardPath {
    /// Octets of `TO:<mailbox>`.
    fileprivate var room: Int { printed.utf8.count + 5 }

    fileprivate func write(by writer: inout OctetWriter) {
        writer.put("TO:<")
        writer.put(text: printed)
        writer.put(.greaterThan)
    }

    private var printed: String {
        switch self {
        case .postmaster: "postmaster"
        case .mailbox(let mailbox): mailbox.description
        }
    }
}

extension ESMTPParameters {
    /// Octets of all, each behind a space.
    fileprivate var room: Int {
        reduce(0) { $0 + $1.keyword.utf8.count + ($1.value?.utf8.count ?? 0) + 2 }
    }

    fileprivate func write(by writer: inout OctetWriter) {
        for parameter in self {
            writer.put(.space)
            writer.put(text: parameter.keyword)
            guard let value = parameter.value else { continue }
            writer.put(.equals)
            writer.put(text: value)
        }
    }
}
