/// A policy as it is written: names and values with their places, not yet checked for meaning.
public struct PolicySource: Sendable {
    public var name: Located<String>
    public var description: String?
    /// `enforce`, `monitor` or `off`.
    public var mode: Located<String>?
    public var lists: [ListSource]
    public var rules: [RuleSource]

    public init(
        name: Located<String>,
        description: String? = nil,
        mode: Located<String>? = nil,
        lists: [ListSource] = [],
        rules: [RuleSource] = []
    ) {
        self.name = name
        self.description = description
        self.mode = mode
        self.lists = lists
        self.rules = rules
    }
}

/// A named list with the text of its entries, whether they were written in the policy or in a file of their own.
public struct ListSource: Sendable {
    public var name: Located<String>
    public var entries: ListEntries

    public init(name: Located<String>, entries: ListEntries) {
        self.name = name
        self.entries = entries
    }
}

/// A rule as it is written.
public struct RuleSource: Sendable {
    public var name: Located<String>
    /// The stage that `at` asks for.
    public var stage: Located<String>?
    public var mode: Located<String>?
    public var when: SourceValue?
    public var unless: SourceValue?
    public var then: SourceValue?

    public init(
        name: Located<String>,
        stage: Located<String>? = nil,
        mode: Located<String>? = nil,
        when: SourceValue? = nil,
        unless: SourceValue? = nil,
        then: SourceValue? = nil
    ) {
        self.name = name
        self.stage = stage
        self.mode = mode
        self.when = when
        self.unless = unless
        self.then = then
    }
}

/// What may stand behind a key: a text, several values, or keys with values of their own.
public indirect enum SourceValue: Sendable {
    /// Nothing at all: the key stands alone.
    case nothing(at: SourceLocation)
    case scalar(Located<String>)
    case sequence([SourceValue], at: SourceLocation)
    case mapping([SourcePair], at: SourceLocation)

    public var location: SourceLocation {
        switch self {
        case .scalar(let text): text.location
        case .nothing(let location), .sequence(_, let location), .mapping(_, let location): location
        }
    }

    /// Whether there is nothing in it: no text, no values, no keys.
    public var isEmpty: Bool {
        switch self {
        case .nothing: true
        case .scalar(let text): text.value.isEmpty
        case .sequence(let values, _): values.isEmpty
        case .mapping(let pairs, _): pairs.isEmpty
        }
    }
}

/// A key with its value.
public struct SourcePair: Sendable {
    public var key: Located<String>
    public var value: SourceValue
    /// Whether a text of several words stands before the key in the same line, with only a comma between.
    public var isBehindText: Bool

    public init(key: Located<String>, value: SourceValue, isBehindText: Bool = false) {
        self.key = key
        self.value = value
        self.isBehindText = isBehindText
    }

    /// Whether the key has not even a colon behind it, as in `{ a: b, c }`: the value that is missing is placed at the key
    /// itself.
    public var isBare: Bool {
        if case .nothing(key.location) = value { return true }
        return false
    }

    /// What to say of a key that means nothing where most often it is the rest of a text in which a comma stands.
    var commaHint: String {
        isBare || isBehindText ? "; a comma ends a text in braces: put the text in quotes" : ""
    }
}
