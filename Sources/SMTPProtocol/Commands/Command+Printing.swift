import NIOCore

extension Command {
    /// The text behind the verb, nil when there is none.
    ///
    /// Of AUTH it is the mechanism alone: this text reaches policies and logs, and a credential must not.
    public var argument: String? {
        if case .auth(let mechanism, _) = self { return mechanism }
        var buffer = ByteBuffer()
        writeArgument(into: &buffer)
        return buffer.readableBytes == 0 ? nil : String(buffer: buffer)
    }

    /// Writes the line with its CRLF. Control characters in a free text are left out, so that a command is one line.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeString(verb.rawValue)
        let end = buffer.writerIndex
        buffer.writeInteger(UInt8.space)
        writeArgument(into: &buffer)
        if buffer.writerIndex == end + 1 { buffer.moveWriterIndex(to: end) }
        buffer.writeStaticString("\r\n")
    }

    private func writeArgument(into buffer: inout ByteBuffer) {
        switch self {
        case .helo(let name), .ehlo(let name), .lhlo(let name):
            buffer.writeString(name.text)
        case .mail(let path, let parameters):
            buffer.writeStaticString("FROM:")
            path.write(into: &buffer)
            parameters.write(into: &buffer)
        case .rcpt(let path, let parameters):
            buffer.writeStaticString("TO:")
            path.write(into: &buffer)
            parameters.write(into: &buffer)
        case .send(let path), .soml(let path), .saml(let path):
            buffer.writeStaticString("FROM:")
            path.write(into: &buffer)
        case .vrfy(let text), .expn(let text), .etrn(let text):
            buffer.writeString(ControlCharacters.removed(from: text))
        case .help(let text), .noop(let text):
            buffer.writeString(ControlCharacters.removed(from: text ?? ""))
        case .bdat(let octets, let isLast):
            buffer.writeString(isLast ? "\(octets) LAST" : "\(octets)")
        case .auth(let mechanism, let initialResponse):
            buffer.writeString(ControlCharacters.removed(from: mechanism))
            if let initialResponse {
                buffer.writeInteger(UInt8.space)
                buffer.writeString(ControlCharacters.removed(from: initialResponse.text))
            }
        case .xclient(let attributes), .xforward(let attributes):
            buffer.writeString(attributes.map(\.written).joined(separator: " "))
        case .data, .rset, .quit, .startTLS, .turn:
            break
        }
    }
}

extension ReversePath {
    fileprivate func write(into buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("<>")
        case .mailbox(let mailbox): mailbox.writePath(into: &buffer)
        }
    }
}

extension ForwardPath {
    fileprivate func write(into buffer: inout ByteBuffer) {
        switch self {
        case .postmaster: buffer.writeStaticString("<postmaster>")
        case .mailbox(let mailbox): mailbox.writePath(into: &buffer)
        }
    }
}

extension Mailbox {
    fileprivate func writePath(into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8.lessThan)
        buffer.writeString(description)
        buffer.writeInteger(UInt8.greaterThan)
    }
}

extension ESMTPParameters {
    fileprivate func write(into buffer: inout ByteBuffer) {
        for parameter in self {
            buffer.writeInteger(UInt8.space)
            buffer.writeString(parameter.keyword)
            guard let value = parameter.value else { continue }
            buffer.writeInteger(UInt8.equals)
            buffer.writeString(value)
        }
    }
}
