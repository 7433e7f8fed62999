/// Why a line is not a command, with the reply that its sender should hear.
public enum CommandSyntaxError: Error, Hashable, Sendable {
    /// No verb that we know; an empty line too.
    case unrecognized
    /// A control character inside the line, a bare CR or NUL among them.
    case controlCharacter
    case missingArgument(Verb)
    case unexpectedArgument(Verb)
    case invalidReversePath
    case invalidForwardPath
    /// A parameter of MAIL or RCPT, by its keyword, or the argument of BDAT or AUTH, by its name in the RFC.
    case invalidParameter(String)
    case duplicateParameter(String)
    case invalidUTF8

    public var reply: Reply {
        switch self {
        case .unrecognized:
            Reply(.commandUnrecognized, .permanent(5, 1), "Command not recognized")
        case .controlCharacter:
            Reply(.syntaxErrorInParameters, .permanent(5, 2), "Control character in command")
        case .missingArgument(let verb):
            Reply(.syntaxErrorInParameters, .permanent(5, 4), "Syntax: \(verb.synopsis)")
        case .unexpectedArgument(let verb):
            Reply(.syntaxErrorInParameters, .permanent(5, 4), "Too many arguments, syntax: \(verb.synopsis)")
        case .invalidReversePath:
            Reply(.syntaxErrorInParameters, .permanent(1, 7), "Bad sender address syntax")
        case .invalidForwardPath:
            Reply(.syntaxErrorInParameters, .permanent(1, 3), "Bad recipient address syntax")
        case .invalidParameter(let keyword):
            Reply(.syntaxErrorInParameters, .permanent(5, 4), "Syntax error in parameter \(keyword)")
        case .duplicateParameter(let keyword):
            Reply(.syntaxErrorInParameters, .permanent(5, 4), "Parameter \(keyword) given twice")
        case .invalidUTF8:
            Reply(.syntaxErrorInParameters, .permanent(5, 2), "Command is not valid UTF-8")
        }
    }
}

extension Verb {
    /// How the command is written, for replies.
    public var synopsis: String {
        switch self {
        case .helo, .ehlo, .lhlo: "\(rawValue) hostname"
        case .mail, .send, .soml, .saml: "\(rawValue) FROM:<address>"
        case .rcpt: "RCPT TO:<address>"
        case .vrfy, .expn: "\(rawValue) address"
        case .etrn: "ETRN domain"
        case .help, .noop: "\(rawValue) [text]"
        case .bdat: "BDAT size [LAST]"
        case .auth: "AUTH mechanism [initial-response]"
        case .xclient, .xforward: "\(rawValue) attribute=value..."
        case .data, .rset, .quit, .startTLS, .turn: rawValue
        }
    }
}
