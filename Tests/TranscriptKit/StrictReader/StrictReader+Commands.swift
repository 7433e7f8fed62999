extension StrictReader {
    mutating func takeCommand(_ line: [UInt8], _ requests: inout [Request]) {
        guard line.count >= 2 else { return complain("an empty line") }
        let text = String(decoding: line.dropLast(2), as: UTF8.self)
        if outstanding == [.greeting], isProxyHeader(text) { return }
        let verb = text.prefix { $0 != " " }
        let argument = text.dropFirst(verb.count)
        if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
            complain("a control character in \(text.debugDescription)")
        }
        let request = request(String(verb), String(argument), text)
        checkPlace(of: request, text)
        begin(request)
        // A chunk is answered behind its content.
        if case .chunk(let left) = mode {
            if left == 0 { endChunk(&requests) }
        } else {
            awaited.append((request, transactionNumber))
            requests.append(request)
        }
    }

    mutating func takeResponse(_ line: [UInt8], _ requests: inout [Request]) {
        mode = .command
        let text = line.dropLast(2)
        if text != [42], !text.allSatisfy(Self.isBase64) { complain("a response that is not base64") }
        awaited.append((.authentication, transactionNumber))
        requests.append(.authentication)
    }

    private static func isBase64(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122, 43, 47, 61: true
        default: false
        }
    }

    private mutating func request(_ verb: String, _ argument: String, _ text: String) -> Request {
        switch verb {
        case "EHLO", "HELO", "LHLO":
            if argument.first != " " || argument.dropFirst().contains(" ") || argument.count < 2 {
                complain("no name in \(text)")
            }
            return .hello
        case "MAIL": return .mail(path(behind: " FROM:", in: argument, Self.mailParameters, isSender: true))
        case "RCPT": return .recipient(path(behind: " TO:", in: argument, Self.recipientParameters, isSender: false))
        case "DATA", "RSET", "QUIT", "STARTTLS":
            if !argument.isEmpty { complain("an argument in \(text)") }
            switch verb {
            case "DATA": return .data
            case "RSET": return .reset
            case "QUIT": return .quit
            default: return .startTLS
            }
        case "BDAT":
            let words = argument.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 3, words[0] == "", words[2] == "LAST", let octets = Int(words[1]), octets >= 0,
                "\(octets)" == words[1]
            else {
                complain("no chunk in \(text)")
                return .other
            }
            if !keywords.contains("CHUNKING") { complain("a chunk that was not offered") }
            mode = .chunk(left: octets)
            return .endOfData
        case "AUTH":
            if !keywords.contains("AUTH") { complain("AUTH that was not offered") }
            let words = argument.split(separator: " ", omittingEmptySubsequences: false)
            let isWellFormed = (2...3).contains(words.count) && words[0] == "" && !words[1].isEmpty
            if !isWellFormed { complain("no mechanism in AUTH") }
            if words.count == 3, !words[2].utf8.allSatisfy(Self.isBase64) { complain("a response that is not base64") }
            return .authentication
        case "XCLIENT", "XFORWARD":
            if !keywords.contains(verb) { complain("\(verb) that was not offered") }
            let pairs = argument.split(separator: " ")
            if pairs.isEmpty || pairs.contains(where: { !$0.contains("=") }) { complain("no attributes in \(text)") }
            return verb == "XCLIENT" ? .identity : .forwarding
        case "VRFY", "EXPN", "NOOP", "HELP", "ETRN": return .other
        default:
            complain("a line that is no command: \(text.debugDescription)")
            return .other
        }
    }

    private static let mailParameters = [
        "SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH", "RET": "DSN", "ENVID": "DSN",
    ]
    private static let recipientParameters = ["NOTIFY": "DSN", "ORCPT": "DSN"]

    /// The path, and a look at the parameters behind it: each once, and of an extension that was offered.
    private mutating func path(
        behind prefix: String, in argument: String, _ known: [String: String], isSender: Bool
    ) -> String {
        guard argument.utf8.starts(with: (prefix + "<").utf8) else {
            complain("no path in \(argument.debugDescription)")
            return ""
        }
        var path = ""
        var isQuoted = false
        var isEscaped = false
        // An address literal may hold what would end a path elsewhere [5321 4.1.3].
        var isLiteral = false
        // By scalars: a mark that combines with a bracket leaves it one.
        var rest = argument.unicodeScalars.dropFirst(prefix.count + 1)
        while let character = rest.popFirst() {
            if isEscaped {
                isEscaped = false
            } else if isLiteral {
                isLiteral = character != "]"
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == "[" {
                isLiteral = true
            } else if !isQuoted, character == ">" {
                checkParameters(String(rest), known)
                if path.isEmpty ? !isSender : !path.contains("@") && path != "postmaster" {
                    complain("no mailbox in \(argument.debugDescription)")
                }
                return path
            } else if !isQuoted, character == " " || character == "<" {
                break
            }
            if !character.isASCII, !keywords.contains("SMTPUTF8") { complain("an address that is not ASCII") }
            path.unicodeScalars.append(character)
        }
        complain("a path that does not end: \(argument.debugDescription)")
        return path
    }

    private mutating func checkParameters(_ text: String, _ known: [String: String]) {
        guard !text.isEmpty else { return }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        var seen: Set<Substring> = []
        guard words[0].isEmpty else { return complain("text behind a path: \(text)") }
        for word in words.dropFirst() {
            let keyword = word.prefix { $0 != "=" }
            guard let needed = known[String(keyword)] else { return complain("an unknown parameter: \(word)") }
            if !keywords.contains(needed) { complain("a parameter that was not offered: \(word)") }
            if !seen.insert(keyword).inserted { complain("a parameter twice: \(word)") }
        }
    }

    private mutating func checkPlace(of request: Request, _ text: String) {
        if outstanding.contains(.greeting) { complain("speaks before the greeting: \(text)") }
        if !outstanding.isEmpty {
            let mayFollow = outstanding.allSatisfy { earlier in
                switch earlier {
                case .mail, .recipient, .reset, .forwarding: true
                // RFC 3030 4.2: a chunk can be followed at once. Gatepost says RSET there, and waits for both.
                case .endOfData: endedByChunk && request == .reset
                case .greeting, .hello, .data, .startTLS, .authentication, .identity, .quit, .other: false
                }
            }
            if !mayFollow || !keywords.contains("PIPELINING") || request == .data {
                complain("does not wait for \(outstanding): \(text)")
            }
        }
        switch request {
        case .mail:
            if !hasHello { complain("MAIL before EHLO") }
            if transaction != nil { complain("MAIL within a transaction") }
        case .recipient:
            if transaction == nil { complain("RCPT outside a transaction") }
        case .data, .endOfData:
            if transaction?.isAccepted != true || transaction?.recipients.isEmpty != false {
                complain("a message without accepted recipients")
            }
        case .greeting, .hello, .reset, .startTLS, .authentication, .identity, .forwarding, .quit, .other: break
        }
    }

    private mutating func begin(_ request: Request) {
        switch request {
        case .mail(let sender):
            transactionNumber += 1
            transaction = Transaction(sender: sender)
        case .hello, .identity, .reset:
            transactionNumber += 1
            transaction = nil
        case .quit: hasQuit = true
        case .greeting, .recipient, .data, .endOfData, .startTLS, .authentication, .forwarding, .other: break
        }
    }

    /// The header of the PROXY protocol in its first version, which is a line of ASCII (the second one is binary).
    private func isProxyHeader(_ text: String) -> Bool {
        text.hasPrefix("PROXY ")
    }
}
