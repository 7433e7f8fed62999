import MailMessage

/// What rules have changed in a message's content: carried out once all of it has come.
public struct ContentEdits: Sendable {
    private var replacements: [(part: Int, text: String)] = []
    private var footers: [(footer: Footer, inSigned: Bool)] = []
    private var downgrades: [(breakingSignatures: Bool, rule: RuleReference)] = []

    public init() {}

    public var isEmpty: Bool { replacements.isEmpty && footers.isEmpty && downgrades.isEmpty }

    mutating func replace(_ part: Int, with text: String) { replacements.append((part, text)) }

    mutating func append(_ footer: Footer, inSigned: Bool) { footers.append((footer, inSigned)) }

    mutating func downgrade(breakingSignatures: Bool, for rule: RuleReference) {
        downgrades.append((breakingSignatures, rule))
    }

    /// Adds what a later stage has changed.
    public mutating func merge(_ later: ContentEdits) {
        replacements += later.replacements
        footers += later.footers
        downgrades += later.downgrades
    }

    /// The plan by which a content is changed, and for the log what is not done, and why.
    public func plan(for structure: MIMEStructure) -> (plan: ContentPlan, remarks: [String]) {
        var plan = ContentPlan(structure)
        var remarks: [String] = []
        for replacement in replacements { plan.replace(replacement.part, with: replacement.text) }
        for footer in footers where !plan.append(footer.footer, inSealed: footer.inSigned) {
            remarks.append("append-text: the message has no text to put it under")
        }
        for downgrade in downgrades {
            do throws(ContentObjection) {
                try plan.makeSevenBit(breakingDomainSignatures: downgrade.breakingSignatures)
            } catch {
                remarks.append("\(downgrade.rule): downgrade: \(error.reason), and the message stays as it is")
            }
        }
        return (plan, remarks)
    }
}

extension ContentObjection {
    /// Why, for the log.
    public var reason: String {
        switch self {
        case .sealed: "a part is signed or encrypted"
        case .domainSigned: "the message has a DKIM-Signature"
        case .malformed: "the parts of the message are not known well enough"
        case .unencodable: "a part may not be encoded"
        }
    }
}
