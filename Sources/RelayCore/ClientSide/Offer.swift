import SMTPProtocol

/// The service extensions that a client is offered: what is implemented, and this upstream offers, and no rule hides.
/// SIZE is Gatepost's own, offered with the smaller of both limits (RFC 1870 4), and so is STARTTLS, until TLS is active.
struct Offer: Hashable, Sendable {
    private(set) var keywords: [EHLOKeyword] = []
    private(set) var commandLineLimit: Int
    let eightBitMIME: Bool
    let smtpUTF8: Bool
    let dsn: Bool
    let size: Bool
    /// Octets that a message may declare; 0 is no limit.
    let sizeLimit: Int

    /// Nothing: the client said HELO, or nothing yet.
    static func none(_ limits: RelayLimits) -> Offer {
        Offer(capabilities: .none, hidden: ["SIZE"], startTLS: false, limits: limits)
    }

    /// - Parameter convertsEightBit: 8-bit content becomes 7 bits for an upstream that takes no other.
    init(
        capabilities: Capabilities, hidden: [String], startTLS: Bool, limits: RelayLimits,
        convertsEightBit: Bool = false
    ) {
        var keywords: [EHLOKeyword] = []
        func offer(_ keyword: String, _ parameters: [String] = [], if isPossible: Bool) -> Bool {
            guard isPossible, !hidden.contains(keyword) else { return false }
            keywords.append(EHLOKeyword(keyword, parameters))
            return true
        }
        _ = offer("PIPELINING", if: capabilities.pipelining)
        sizeLimit = Self.sizeLimit(capabilities, limits)
        size = offer("SIZE", ["\(sizeLimit)"], if: true)
        eightBitMIME = offer("8BITMIME", if: capabilities.eightBitMIME || convertsEightBit)
        smtpUTF8 = offer("SMTPUTF8", if: capabilities.smtpUTF8 && capabilities.eightBitMIME)
        dsn = offer("DSN", if: capabilities.dsn)
        _ = offer("ENHANCEDSTATUSCODES", if: capabilities.enhancedStatusCodes)
        _ = offer("STARTTLS", if: startTLS)
        self.keywords = keywords
        commandLineLimit = max(
            limits.commandLine,
            ExtensionTable.commandLineLimit(offering: keywords.map(\.keyword))
        )
    }

    /// The smaller of our own limit and the upstream's; 0 is none.
    static func sizeLimit(_ capabilities: Capabilities, _ limits: RelayLimits) -> Int {
        guard case .octets(let upstream) = capabilities.size, upstream > 0 else { return limits.message }
        return limits.message == 0 ? upstream : min(upstream, limits.message)
    }

    /// Why a parameter of MAIL is not acceptable, or nil.
    func objection(toMail parameters: ESMTPParameters) -> OwnReply? {
        for parameter in parameters {
            switch parameter.keyword {
            case "SIZE" where size:
                guard let value = parameter.value, Self.isNumber(value) else { return .invalidParameterValue }
            case "BODY" where eightBitMIME:
                switch parameter.value?.uppercased() {
                case "7BIT", "8BITMIME": break
                case "BINARYMIME": return .parameterNotOffered
                default: return .invalidParameterValue
                }
            case "SMTPUTF8" where smtpUTF8:
                guard parameter.value == nil else { return .invalidParameterValue }
            case "RET" where dsn:
                guard ["FULL", "HDRS"].contains(parameter.value?.uppercased()) else { return .invalidParameterValue }
            case "ENVID" where dsn:
                guard let value = parameter.value, value.utf8.count <= 100, XText.decode(value) != nil else {
                    return .invalidParameterValue
                }
            default:
                return .parameterNotOffered
            }
        }
        return nil
    }

    /// Why a parameter of RCPT is not acceptable, or nil.
    func objection(toRecipient parameters: ESMTPParameters) -> OwnReply? {
        for parameter in parameters {
            switch parameter.keyword {
            case "NOTIFY" where dsn:
                guard let value = parameter.value, Self.isNotifyList(value) else { return .invalidParameterValue }
            case "ORCPT" where dsn:
                guard let value = parameter.value, value.utf8.count <= 500, value.contains(";") else {
                    return .invalidParameterValue
                }
            default:
                return .parameterNotOffered
            }
        }
        return nil
    }

    /// `size-value = 1*20DIGIT` (RFC 1870 4).
    private static func isNumber(_ value: String) -> Bool {
        (1...20).contains(value.utf8.count)
            && value.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// `NEVER`, or a list of `SUCCESS`, `FAILURE` and `DELAY` (RFC 3461 4.1).
    private static func isNotifyList(_ value: String) -> Bool {
        let words = value.uppercased().split(separator: ",", omittingEmptySubsequences: false)
        return words == ["NEVER"]
            || (!words.isEmpty && words.allSatisfy { ["SUCCESS", "FAILURE", "DELAY"].contains($0) })
    }
}

extension Capabilities {
    /// `command` as this upstream understands it, or nil when it lacks what the client was offered and now uses.
    /// A declared size grows by `addition`; where SIZE is not understood it is left out.
    ///
    /// - Parameter convertsEightBit: 8-bit content becomes 7 bits for an upstream that takes no other: BODY is left out
    ///   there, and a declared size grows by what base64 adds.
    func adapting(_ command: Command, addition: Int, convertsEightBit: Bool = false) -> Command? {
        switch command {
        case .mail(let path, var parameters):
            guard path.isASCII || smtpUTF8 else { return nil }
            let isEightBit = parameters["BODY"].map { $0.value?.uppercased() != "7BIT" } ?? false
            let isConverted = isEightBit && convertsEightBit && !eightBitMIME
            for parameter in parameters {
                switch parameter.keyword {
                case "SIZE":
                    parameters.remove("SIZE")
                    guard size != nil, let declared = parameter.value.flatMap({ Int($0) }), declared > 0 else {
                        continue
                    }
                    let growth = isConverted ? declared / 5 * 2 : 0
                    let (sum, overflow) = declared.addingReportingOverflow(addition + growth)
                    parameters.set(.size(overflow ? declared : sum))
                case "BODY" where !eightBitMIME && isEightBit && !isConverted: return nil
                case "BODY" where !eightBitMIME: parameters.remove("BODY")
                case "SMTPUTF8" where !smtpUTF8: return nil
                case "RET" where !dsn, "ENVID" where !dsn: return nil
                default: break
                }
            }
            return .mail(path, parameters)
        case .rcpt(let path, let parameters):
            return (path.isASCII || smtpUTF8) && (parameters.isEmpty || dsn) ? command : nil
        default:
            return command
        }
    }
}
