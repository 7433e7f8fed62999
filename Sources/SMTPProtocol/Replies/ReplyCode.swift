/// The three digits of a reply (RFC 5321 section 4.2).
public struct ReplyCode: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// What the first digit says (section 4.2.1).
    public enum Severity: UInt8, Hashable, Sendable, CaseIterable {
        case positiveCompletion = 2
        case positiveIntermediate = 3
        case transientNegative = 4
        case permanentNegative = 5
    }

    public let rawValue: UInt16

    /// Nil unless the code is 200 to 599.
    public init?(rawValue: UInt16) {
        guard (200...599).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ rawValue: UInt16) { self.rawValue = rawValue }

    public var severity: Severity {
        switch rawValue {
        case ..<300: .positiveCompletion
        case ..<400: .positiveIntermediate
        case ..<500: .transientNegative
        default: .permanentNegative
        }
    }

    public var description: String { String(rawValue) }
}

extension ReplyCode {
    public static let systemStatus = ReplyCode(211)
    public static let help = ReplyCode(214)
    public static let serviceReady = ReplyCode(220)
    public static let closingChannel = ReplyCode(221)
    public static let authenticationSucceeded = ReplyCode(235)
    public static let ok = ReplyCode(250)
    public static let willForward = ReplyCode(251)
    public static let cannotVerify = ReplyCode(252)
    public static let authenticationChallenge = ReplyCode(334)
    public static let startMailInput = ReplyCode(354)
    public static let serviceNotAvailable = ReplyCode(421)
    public static let passwordTransitionNeeded = ReplyCode(432)
    public static let mailboxTemporarilyUnavailable = ReplyCode(450)
    public static let localError = ReplyCode(451)
    public static let insufficientStorage = ReplyCode(452)
    public static let temporaryAuthenticationFailure = ReplyCode(454)
    public static let unableToAccommodateParameters = ReplyCode(455)
    public static let commandUnrecognized = ReplyCode(500)
    public static let syntaxErrorInParameters = ReplyCode(501)
    public static let commandNotImplemented = ReplyCode(502)
    public static let badSequence = ReplyCode(503)
    public static let parameterNotImplemented = ReplyCode(504)
    public static let hostDoesNotAcceptMail = ReplyCode(521)
    public static let authenticationRequired = ReplyCode(530)
    public static let authenticationMechanismTooWeak = ReplyCode(534)
    public static let authenticationCredentialsInvalid = ReplyCode(535)
    public static let encryptionRequired = ReplyCode(538)
    public static let mailboxUnavailable = ReplyCode(550)
    public static let userNotLocal = ReplyCode(551)
    public static let exceededStorageAllocation = ReplyCode(552)
    public static let mailboxNameNotAllowed = ReplyCode(553)
    public static let transactionFailed = ReplyCode(554)
    public static let parametersNotRecognized = ReplyCode(555)
    public static let domainDoesNotAcceptMail = ReplyCode(556)
}
