import NIOCore

extension Command {
    /// The text behind the verb, nil when there is none.
    ///
    /// Of AUTH it is the mechanism alone: this text reaches policies and logs, and a credential must not.
    public var argument: String? {
        switch self {
        case .auth(let mechanism, _): mechanism
        default: wireArgument
        }
    }

    /// Writes the line with its CRLF. Control characters in a free text are left out, so that a command is one line.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeString(verb.rawValue)
        if let argument = wireArgument {
            buffer.writeInteger(UInt8.space)
            buffer.writeString(argument)
        }
        buffer.writeStaticString("\r\n")
    }

    private var wireArgument: String? {
        switch self {
        case .helo(let name), .ehlo(let name), .lhlo(let name):
            name.text
        case .mail(let path, let parameters):
            Self.line("FROM:\(path)", parameters)
        case .rcpt(let path, let parameters):
            Self.line("TO:\(path)", parameters)
        case .send(let path), .soml(let path), .saml(let path):
            "FROM:\(path)"
        case .vrfy(let text), .expn(let text), .etrn(let text):
            ControlCharacters.removed(from: text)
        case .help(let text), .noop(let text):
            text.map(ControlCharacters.removed)
        case .bdat(let octets, let isLast):
            isLast ? "\(octets) LAST" : "\(octets)"
        case .auth(let mechanism, let initialResponse):
            ControlCharacters.removed(from: initialResponse.map { "\(mechanism) \($0)" } ?? mechanism)
        case .data, .rset, .quit, .startTLS, .turn:
            nil
        }
    }

    private static func line(_ path: String, _ parameters: ESMTPParameters) -> String {
        var line = path
        for parameter in parameters {
            line += " "
            line += parameter.keyword
            if let value = parameter.value {
                line += "="
                line += value
            }
        }
        return line
    }
}
