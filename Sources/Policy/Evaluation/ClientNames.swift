/// What the domain name system says of the client's address.
public struct ClientNames: Hashable, Sendable {
    /// The name that the address points to.
    public var reverse: NameAnswer
    /// The same name, when it leads back to the address: anyone can let his addresses point to any name.
    public var confirmed: NameAnswer

    public init(reverse: NameAnswer, confirmed: NameAnswer) {
        self.reverse = reverse
        self.confirmed = confirmed
    }

    /// The client has no name, or no address that could have one.
    public static let none = ClientNames(reverse: .absent, confirmed: .absent)

    /// Nothing could be learnt for now.
    public static func unknown(_ reason: String) -> ClientNames {
        ClientNames(reverse: .unknown(reason), confirmed: .unknown(reason))
    }

    /// Whether both answers are known, so that asking again makes no sense.
    public var areKnown: Bool { reverse.isKnown && confirmed.isKnown }
}

/// The answer to the question for a name.
public enum NameAnswer: Hashable, Sendable {
    case found(String)
    /// There is none.
    case absent
    /// It could not be learnt for now; the reason is for the log.
    case unknown(String)

    var isKnown: Bool {
        if case .unknown = self { false } else { true }
    }

    /// The name, if there is one; rules that need an answer that is not known cannot be evaluated.
    func name(as attribute: String) throws(EvaluationFailure) -> String? {
        switch self {
        case .found(let name): return name
        case .absent: return nil
        case .unknown(let reason): throw EvaluationFailure(of: attribute, reason)
        }
    }
}
