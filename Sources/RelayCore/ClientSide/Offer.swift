import SMTPProtocol

/// What decides on an offer beside the upstream's extensions and the limits.
struct OfferTerms: Hashable, Sendable {
    enum Authentication: Hashable, Sendable {
        /// Not to be had: AUTH is unknown.
        case none
        /// To be had with the mechanisms of the upstream.
        case offered
        /// Done already; what belongs to it is still understood.
        case done
    }

    /// Keywords that rules hide.
    var hidden: [String] = []
    var startTLS = false
    /// 8-bit content becomes 7 bits for an upstream that takes no other.
    var convertsEightBit = false
    var authentication = Authentication.none
}

/// The service extensions that a client is offered: what is implemented, and this upstream offers, and no rule hides.
/// SIZE is Gatepost's own, offered with the smaller of both limits (RFC 1870 4), and so is STARTTLS, until TLS is active.
/// AUTH is offered with those mechanisms of the upstream that can be relayed.
struct Offer: Hashable, Sendable {
    private(set) var keywords: [EHLOKeyword] = []
    private(set) var commandLineLimit: Int
    let eightBitMIME: Bool
    let smtpUTF8: Bool
    let dsn: Bool
    let size: Bool
    /// By which a client may log in; none once it has.
    let mechanisms: [SASLMechanism]
    /// MAIL may have the parameter AUTH (RFC 4954 section 5).
    let takesAuthParameter: Bool
    /// Octets that a message may declare; 0 is no limit.
    let sizeLimit: Int

    /// Nothing: the client said HELO, or nothing yet.
    static func none(_ limits: RelayLimits) -> Offer {
        Offer(capabilities: .none, OfferTerms(hidden: ["SIZE"]), limits)
    }

    init(capabilities: Capabilities, _ terms: OfferTerms, _ limits: RelayLimits) {
        var keywords: [EHLOKeyword] = []
        func offer(_ keyword: String, _ parameters: [String] = [], if isPossible: Bool) -> Bool {
            guard isPossible, !terms.hidden.contains(keyword) else { return false }
            keywords.append(EHLOKeyword(keyword, parameters))
            return true
        }
        _ = offer("PIPELINING", if: capabilities.pipelining)
        sizeLimit = Self.sizeLimit(capabilities.size, limits)
        size = offer("SIZE", ["\(sizeLimit)"], if: true)
        eightBitMIME = offer("8BITMIME", if: capabilities.eightBitMIME || terms.convertsEightBit)
        smtpUTF8 = offer("SMTPUTF8", if: capabilities.smtpUTF8 && capabilities.eightBitMIME)
        dsn = offer("DSN", if: capabilities.dsn)
        _ = offer("ENHANCEDSTATUSCODES", if: capabilities.enhancedStatusCodes)
        _ = offer("STARTTLS", if: terms.startTLS)
        let known = capabilities.authMechanisms.compactMap(SASLMechanism.init)
        let isOffered = offer("AUTH", known.map(\.rawValue), if: !known.isEmpty && terms.authentication == .offered)
        mechanisms = isOffered ? known : []
        takesAuthParameter = isOffered || terms.authentication == .done
        self.keywords = keywords
        commandLineLimit = max(
            limits.commandLine,
            ExtensionTable.commandLineLimit(offering: keywords.map(\.keyword)),
            // RFC 4954 has clients keep AUTH within the limit of commands; those with tokens do not.
            isOffered ? SASLText.longestLine : 0
        )
    }

    /// The smaller of our own limit and the upstream's; 0 is none.
    static func sizeLimit(_ offered: SizeLimit?, _ limits: RelayLimits) -> Int {
        guard case .octets(let upstream) = offered, upstream > 0 else { return limits.message }
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
            case "AUTH" where takesAuthParameter:
                guard let value = parameter.value, Self.isAuthMailbox(value) else { return .invalidParameterValue }
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

    /// `<>`, or a mailbox as xtext (RFC 4954 section 5).
    private static func isAuthMailbox(_ value: String) -> Bool {
        value == "<>" || (value.utf8.count <= 500 && XText.decode(value).flatMap { Mailbox($0) } != nil)
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
                case "AUTH" where authMechanisms.isEmpty: parameters.remove("AUTH")
                default: break
                }
            }
            return .mail(path, parameters)
        case .rcpt(let path, let parameters):
            return (path.isASCII || smtpUTF8) && (parameters.isEmpty || dsn) ? command : nil
        case .auth(let mechanism, _):
            return authMechanisms.contains(mechanism) ? command : nil
        default:
            return command
        }
    }
}
