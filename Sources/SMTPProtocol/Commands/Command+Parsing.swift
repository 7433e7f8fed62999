import NIOCore

extension Command {
    /// Parses a line without its CRLF (RFC 5321 section 4.1.1).
    ///
    /// Verbs, `FROM:`, `TO:` and keywords are read in any case. Tolerated are white space at the end of the line, more
    /// than one space between words, and spaces behind the colon of `FROM:` and `TO:`.
    public init(parsing line: ByteBuffer) throws(CommandSyntaxError) {
        self = try line.withUnsafeReadableBytes { octets throws(CommandSyntaxError) in
            var reader = OctetReader(octets)
            reader.dropTrailingWhiteSpace()
            try reader.checkText()
            guard let verb = reader.takeVerb() else { throw .unrecognized }
            reader.skipSpaces()
            return try reader.takeArguments(of: verb)
        }
    }
}

extension OctetReader {
    fileprivate func checkText() throws(CommandSyntaxError) {
        let line = octets(position..<(position + remaining))
        let survey = ControlCharacters.survey(line)
        if survey.hasControl { throw .controlCharacter }
        guard survey.hasEightBit else { return }
        guard String(validating: line, as: UTF8.self) != nil else { throw .invalidUTF8 }
        if ControlCharacters.hasC1(line) { throw .controlCharacter }
    }

    fileprivate mutating func takeArguments(of verb: Verb) throws(CommandSyntaxError) -> Command {
        switch verb {
        case .helo: return .helo(HeloArgument(clean: try takeRequiredText(verb)))
        case .ehlo: return .ehlo(HeloArgument(clean: try takeRequiredText(verb)))
        case .lhlo: return .lhlo(HeloArgument(clean: try takeRequiredText(verb)))
        case .mail: return .mail(try takeReversePath(of: verb), try takeParameters(or: .invalidReversePath))
        case .rcpt: return .rcpt(try takeForwardPath(of: verb), try takeParameters(or: .invalidForwardPath))
        case .send: return .send(try takeLastReversePath(of: verb))
        case .soml: return .soml(try takeLastReversePath(of: verb))
        case .saml: return .saml(try takeLastReversePath(of: verb))
        case .vrfy: return .vrfy(try takeRequiredText(verb))
        case .expn: return .expn(try takeRequiredText(verb))
        case .etrn: return .etrn(try takeRequiredText(verb))
        case .help: return .help(takeOptionalText())
        case .noop: return .noop(takeOptionalText())
        case .bdat: return try takeChunk()
        case .auth: return try takeAuthentication()
        case .xclient: return .xclient(try ClientAttribute.all(in: try takeRequiredText(verb), of: verb))
        case .xforward: return .xforward(try ClientAttribute.all(in: try takeRequiredText(verb), of: verb))
        case .data: return try alone(verb, .data)
        case .rset: return try alone(verb, .rset)
        case .quit: return try alone(verb, .quit)
        case .startTLS: return try alone(verb, .startTLS)
        case .turn: return try alone(verb, .turn)
        }
    }

    private func alone(_ verb: Verb, _ command: Command) throws(CommandSyntaxError) -> Command {
        guard isAtEnd else { throw .unexpectedArgument(verb) }
        return command
    }

    private mutating func takeRequiredText(_ verb: Verb) throws(CommandSyntaxError) -> String {
        guard let text = takeOptionalText() else { throw .missingArgument(verb) }
        return text
    }

    private mutating func takeOptionalText() -> String? {
        isAtEnd ? nil : text(takeRest())
    }

    /// `"FROM:" Reverse-path`
    private mutating func takeReversePath(of verb: Verb) throws(CommandSyntaxError) -> ReversePath {
        guard take(word: "FROM:") else { throw .missingArgument(verb) }
        skipSpaces()
        guard !isAtEnd else { throw .missingArgument(verb) }
        guard let path = takeReversePath() else { throw .invalidReversePath }
        return path
    }

    /// `"TO:" ( "<Postmaster>" / Forward-path )`
    private mutating func takeForwardPath(of verb: Verb) throws(CommandSyntaxError) -> ForwardPath {
        guard take(word: "TO:") else { throw .missingArgument(verb) }
        skipSpaces()
        guard !isAtEnd else { throw .missingArgument(verb) }
        guard let path = takeForwardPath() else { throw .invalidForwardPath }
        return path
    }

    /// SEND, SOML and SAML of RFC 821 have no parameters.
    private mutating func takeLastReversePath(of verb: Verb) throws(CommandSyntaxError) -> ReversePath {
        let path = try takeReversePath(of: verb)
        guard isAtEnd else { throw .unexpectedArgument(verb) }
        return path
    }

    /// `[SP esmtp-param *(SP esmtp-param)]`; text that touches the path belongs to a bad path.
    private mutating func takeParameters(or pathError: CommandSyntaxError) throws(CommandSyntaxError) -> ESMTPParameters
    {
        var parameters = ESMTPParameters()
        while !isAtEnd {
            guard next == .space else { throw pathError }
            skipSpaces()
            let start = self
            guard let parameter = takeParameter(), isAtEnd || next == .space else {
                throw .invalidParameter(start.keywordAhead)
            }
            guard parameters.append(parameter) else { throw .duplicateParameter(parameter.keyword) }
        }
        return parameters
    }

    /// What names a parameter that cannot be parsed. Its value is left out: it may be a secret.
    private var keywordAhead: String {
        var ahead = self
        let keyword = ahead.takeRun { $0 != .equals && $0 != .space }
        return text(keyword)
    }

    /// `BDAT SP chunk-size [SP "LAST"]` (RFC 3030 section 2)
    private mutating func takeChunk() throws(CommandSyntaxError) -> Command {
        guard !isAtEnd else { throw .missingArgument(.bdat) }
        let digits = takeRun(while: \.isDigit)
        guard !digits.isEmpty, isAtEnd || next == .space, let octets = Int(text(digits)) else {
            throw .invalidParameter("chunk-size")
        }
        skipSpaces()
        if isAtEnd { return .bdat(octets: octets, isLast: false) }
        guard take(word: "LAST"), isAtEnd else { throw .unexpectedArgument(.bdat) }
        return .bdat(octets: octets, isLast: true)
    }

    /// ```abnf
    /// auth-command  = "AUTH" SP sasl-mech [SP initial-response]
    /// sasl-mech     = 1*20( UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE )
    /// ```
    /// (RFC 4954 section 8, RFC 4422 section 3.1)
    private mutating func takeAuthentication() throws(CommandSyntaxError) -> Command {
        guard !isAtEnd else { throw .missingArgument(.auth) }
        let mechanism = takeRun { $0.isLetDig || $0 == .hyphen || $0 == UInt8(ascii: "_") }
        guard (1...20).contains(mechanism.count), isAtEnd || next == .space else {
            throw .invalidParameter("mechanism")
        }
        let name = uppercasedText(mechanism)
        skipSpaces()
        if isAtEnd { return .auth(mechanism: name, initialResponse: nil) }
        let response = takeRun { $0.isLetDig || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") || $0 == .equals }
        guard isAtEnd, !response.isEmpty else {
            if next == .space { throw .unexpectedArgument(.auth) }
            throw .invalidParameter("initial-response")
        }
        return .auth(mechanism: name, initialResponse: Credential(text(response)))
    }
}
