import SMTPProtocol

/// Every reply that is Gatepost's own: code, enhanced status code (RFC 3463, RFC 5248) and text.
///
/// Texts name no hosts, files or library errors. Each 4yz and 5yz ends in the identifier of the session in
/// parentheses, under which the log has the details.
public enum OwnReply: String, CaseIterable, Sendable {
    case ok, reset, dataGoAhead, bye, help
    case senderOk, recipientOk
    case overloaded, tooManyFromClient, shuttingDown, tooManyErrors, idleTooLong, sessionTooLong, tooSlow
    case startTLS, tlsActive
    case encryptionRequired, alreadyAuthenticated, mechanismNotOffered, responseInvalid, responseTooLong
    case authenticationCancelled, authenticationUnavailable, tooManyFailedLogins, loginLost
    case onlyQuit, badSequence, heloFirst, nestedMail, noValidRecipients, notImplemented
    case xclientNotAllowed
    case lineTooLong, bareLineEnd, dataBehindData
    case parameterNotOffered, invalidParameterValue, sizeExceeded, headerExceeded, nonASCIIAddress
    case tooManyRecipients, additionRefused
    case upstreamUnidentified
    case upstreamUnreachable, upstreamInsecure, upstreamLost, upstreamConfused, upstreamShrank, upstreamShuttingDown
    case bareLineEndInContent, nulInContent, eightBitNotPossible, routingLoop, holdExhausted, holdFailed

    private var row: (UInt16, String, String) {
        switch self {
        case .ok: (250, "2.0.0", "Ok")
        case .reset: (250, "2.0.0", "Ok")
        case .senderOk: (250, "2.1.0", "Ok")
        case .recipientOk: (250, "2.1.5", "Ok")
        case .dataGoAhead: (354, "", "End data with <CR><LF>.<CR><LF>")
        case .bye: (221, "2.0.0", "Bye")
        case .help: (214, "2.0.0", "Commands: EHLO HELO MAIL RCPT DATA RSET NOOP HELP QUIT")
        case .overloaded: (421, "4.3.2", "Too many sessions, try again later")
        case .tooManyFromClient: (421, "4.7.0", "Too many sessions from this address")
        case .shuttingDown: (421, "4.3.2", "Service is shutting down, try again later")
        case .tooManyErrors: (421, "4.7.0", "Too many errors")
        case .idleTooLong: (421, "4.4.2", "No command came in time")
        case .sessionTooLong: (421, "4.4.2", "The session has lasted too long")
        case .tooSlow: (421, "4.4.2", "The message comes too slowly")
        case .onlyQuit: (503, "5.5.1", "Only QUIT is possible here")
        case .badSequence: (503, "5.5.1", "Bad sequence of commands")
        case .heloFirst: (503, "5.5.1", "Send EHLO first")
        case .nestedMail: (503, "5.5.1", "A transaction is already open")
        case .noValidRecipients: (554, "5.5.1", "No valid recipients")
        case .notImplemented: (502, "5.5.1", "Command is not implemented")
        case .startTLS: (220, "2.0.0", "Ready to start TLS")
        case .tlsActive: (503, "5.5.1", "TLS is active already")
        case .encryptionRequired: (538, "5.7.11", "Encryption is required to log in, send STARTTLS first")
        case .alreadyAuthenticated: (503, "5.5.1", "Already logged in")
        case .mechanismNotOffered: (504, "5.5.4", "Mechanism is not offered here")
        case .responseInvalid: (501, "5.5.2", "Response is not base64")
        case .responseTooLong: (500, "5.5.6", "Response is too long")
        case .authenticationCancelled: (501, "5.7.0", "Login was cancelled")
        case .authenticationUnavailable: (454, "4.7.0", "Login is not possible now, try again later")
        case .tooManyFailedLogins: (421, "4.7.0", "Too many failed logins, try again later")
        case .loginLost: (421, "4.4.2", "Connection to the mail server was lost, log in again")
        case .xclientNotAllowed: (550, "5.7.1", "You may not speak for others here")
        case .lineTooLong: (500, "5.5.2", "Line is too long")
        case .bareLineEnd: (500, "5.5.2", "Lines must end in CR LF")
        case .dataBehindData: (554, "5.5.0", "Data was sent before it was asked for")
        case .parameterNotOffered: (555, "5.5.4", "Parameter is not offered here")
        case .invalidParameterValue: (501, "5.5.4", "Parameter has no valid value")
        case .sizeExceeded: (552, "5.3.4", "Message is larger than this site accepts")
        case .headerExceeded: (552, "5.3.4", "Header section is larger than this site accepts")
        case .nonASCIIAddress: (553, "5.6.7", "Addresses must be ASCII here")
        case .tooManyRecipients: (452, "4.5.3", "Too many recipients, send the rest separately")
        case .additionRefused: (451, "4.3.0", "Recipient cannot be taken now, try again later")
        case .upstreamUnreachable: (451, "4.4.1", "Mail cannot be passed on now, try again later")
        case .upstreamUnidentified: (451, "4.4.0", "Mail cannot be passed on in your name now, try again later")
        case .upstreamInsecure: (451, "4.7.5", "Mail cannot be passed on securely now, try again later")
        case .upstreamLost: (451, "4.4.2", "Connection to the mail server was lost, try again later")
        case .upstreamConfused: (451, "4.3.0", "The mail server gave no usable answer, try again later")
        case .upstreamShrank: (451, "4.4.5", "The mail server has changed what it offers, try again later")
        case .upstreamShuttingDown: (451, "4.3.2", "The mail server is shutting down, try again later")
        case .bareLineEndInContent: (550, "5.6.11", "Message has bare CR or LF")
        case .nulInContent: (550, "5.6.11", "Message has NUL octets")
        case .eightBitNotPossible: (554, "5.6.3", "Message has 8-bit content, which cannot be passed on")
        case .routingLoop: (554, "5.4.6", "Too many hops, the message seems to loop")
        case .holdExhausted: (452, "4.3.1", "No room to hold the message now, try again later")
        case .holdFailed: (451, "4.3.0", "The message cannot be held now, try again later")
        }
    }

    public var code: ReplyCode {
        ReplyCode(rawValue: row.0) ?? .localError
    }

    public var enhancedStatusCode: EnhancedStatusCode? {
        EnhancedStatusCode(row.1)
    }

    public var text: String {
        row.2
    }

    /// The reply as a session sends it.
    public func reply(session identifier: String) -> Reply {
        guard let same = Self.unnamed[self] else {
            return Reply(code, enhancedStatusCode, identifier.isEmpty ? text : "\(text) (\(identifier))")
        }
        return same
    }

    /// Those that refuse nothing and so name no session, made once.
    private static let unnamed = Dictionary(
        uniqueKeysWithValues: allCases.filter { $0.code.rawValue < 400 }
            .map { ($0, Reply($0.code, $0.enhancedStatusCode, $0.text)) }
    )
}

extension Reply {
    /// The reply with the identifier of the session behind its text, where it refuses something.
    func identified(by session: String) -> Reply {
        guard code.rawValue >= 400, !session.isEmpty, let last = lines.last else { return self }
        return Reply(code, lines: lines.dropLast() + ["\(last) (\(session))"])
    }
}
