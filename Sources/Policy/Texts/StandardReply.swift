import SMTPProtocol

/// The codes of a refusal that gives none of its own.
enum StandardReply {
    /// The reply code and enhanced status code of an action at a stage; nil when the action always gives its own.
    static func codes(_ action: ActionName, at stage: Stage) -> (code: UInt16, enhanced: String)? {
        switch (action, stage) {
        case (.reject, .connect), (.reject, .header), (.reject, .message): (554, "5.7.1")
        case (.reject, .helo), (.reject, .mail), (.reject, .recipient): (550, "5.7.1")
        case (.reject, .command): (502, "5.5.1")
        // A greeting other than 220 is 554 or 421 [RFC 5321, 4.3.2].
        case (.defer, .connect): (421, "4.7.0")
        case (.defer, _): (450, "4.7.1")
        case (.disconnect, _): (421, "4.7.0")
        default: nil
        }
    }

    /// The enhanced status code of a reply that gives a code alone.
    static func enhancedStatusCode(for code: ReplyCode) -> EnhancedStatusCode? {
        switch code.rawValue {
        case 421: EnhancedStatusCode("4.7.0")
        case 200..<300: EnhancedStatusCode("2.0.0")
        case 400..<500: EnhancedStatusCode("4.7.1")
        default: EnhancedStatusCode("5.7.1")
        }
    }

    /// What a client hears to MAIL that has not done what is required [RFC 3207, 4; RFC 4954, 6].
    static func required(_ requirement: Requirement) -> Reply {
        let text =
            switch requirement {
            case .tls: "Must issue a STARTTLS command first"
            case .authentication: "Authentication required"
            }
        return Reply(.authenticationRequired, EnhancedStatusCode("5.7.0"), text)
    }

    /// What the peer hears when a rule that could have refused cannot be evaluated: nothing passes in doubt.
    static func evaluationFailure(at stage: Stage) -> Reply {
        let code: ReplyCode = stage == .connect ? .serviceNotAvailable : .localError
        let enhanced = EnhancedStatusCode("4.3.0")
        return Reply(code, enhanced, "Requested action aborted: local error in processing")
    }
}
