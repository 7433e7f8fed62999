import MailMessage
import SMTPProtocol

/// Finds the values of attributes in what is known at a stage.
///
/// Nothing is read that no rule asks for; what is read of the header section is kept until that section changes.
struct AttributeReader {
    let stage: Stage
    /// The header section with the edits made so far.
    let header: HeaderView?
    /// The tags of earlier stages and of the rules before.
    var tags: Set<String>
    /// What rules have changed in the envelope so far.
    var envelope = EnvelopeChanges()

    init(stage: Stage, header: HeaderView?, tags: Set<String>) {
        self.stage = stage
        self.header = header
        self.tags = tags
    }

    /// Changes the header section, so that later rules see the change; the edit says whether it changed anything.
    mutating func editHeader<Failure: Error>(_ edit: (inout HeaderSection) throws(Failure) -> Bool) throws(Failure) {
        try header?.edit(edit)
    }

    /// The reverse-path with the edits made so far.
    func sender(_ facts: Facts) -> ReversePath? { envelope.sender ?? facts.sender }

    /// The forward-path that is judged, with the edits made so far.
    func recipient(_ facts: Facts) -> ForwardPath? { envelope.recipient ?? facts.recipient }

    /// The slots of the header field names that there are fields of.
    mutating func headerSlots() -> [Int] { header?.presentSlots() ?? [] }

    /// Whether any value of an attribute satisfies a predicate.
    mutating func anyValue(
        of attribute: Attribute,
        _ facts: Facts,
        satisfies predicate: (AttributeValue) throws(EvaluationFailure) -> Bool
    ) throws(EvaluationFailure) -> Bool {
        switch attribute {
        case .header(let slot, let aspect):
            return try anyHeaderValue(slot, aspect, satisfies: predicate)
        case .headersField:
            for text in header?.fieldTexts() ?? [] where try predicate(.text(text)) { return true }
            return false
        case .tag:
            for tag in tags where try predicate(.text(tag)) { return true }
            return false
        case .recipient, .recipientLocal, .recipientDomain:
            return try anyRecipientValue(of: attribute, facts, satisfies: predicate)
        case .recipientNotify:
            guard let notify = facts.recipientParameters["NOTIFY"]?.value else { return false }
            for word in notify.split(separator: ",") where try predicate(.text(String(word))) { return true }
            return false
        case .clientName, .clientReverseName:
            guard let name = try clientName(attribute, facts) else { return false }
            return try predicate(.text(name))
        case .partType, .partCharset, .partEncoding, .attachmentName, .attachmentExtension, .attachmentSize:
            for part in facts.structure?.parts ?? [] {
                for value in Self.values(of: attribute, in: part) where try predicate(value) { return true }
            }
            return false
        default:
            guard let value = singleValue(of: attribute, facts) else { return false }
            return try predicate(value)
        }
    }

    /// Whether an attribute has a value. The null reverse-path names no one: it is no value of `sender`.
    mutating func exists(_ attribute: Attribute, _ facts: Facts) throws(EvaluationFailure) -> Bool {
        if attribute == .sender || attribute == .senderLocal || attribute == .senderDomain {
            return sender(facts)?.mailbox != nil
        }
        if case .header(let slot, .decoded) = attribute { return header?.places(of: slot).isEmpty == false }
        return try anyValue(of: attribute, facts) { _ in true }
    }

    /// All values of an attribute; for texts and traces.
    mutating func values(of attribute: Attribute, _ facts: Facts) -> [AttributeValue] {
        var values: [AttributeValue] = []
        _ = try? anyValue(of: attribute, facts) { value in
            values.append(value)
            return false
        }
        return attribute == .tag ? values.sorted { $0.text < $1.text } : values
    }

    private mutating func anyHeaderValue(
        _ slot: Int,
        _ aspect: HeaderAspect,
        satisfies predicate: (AttributeValue) throws(EvaluationFailure) -> Bool
    ) throws(EvaluationFailure) -> Bool {
        guard header != nil else { return false }
        if aspect == .count { return try predicate(.number(header?.count(slot) ?? 0)) }
        for place in header?.places(of: slot) ?? 0..<0 {
            switch aspect {
            case .count:
                break
            case .decoded:
                if try predicate(.text(header?.decodedValue(at: place) ?? "")) { return true }
            case .raw:
                if try predicate(.text(header?.rawValue(at: place) ?? "")) { return true }
            case .address, .domain, .local, .displayName:
                for entry in header?.addresses(at: place) ?? [] {
                    if let value = HeaderView.value(aspect, of: entry), try predicate(value) { return true }
                }
            }
        }
        return false
    }

    private func anyRecipientValue(
        of attribute: Attribute,
        _ facts: Facts,
        satisfies predicate: (AttributeValue) throws(EvaluationFailure) -> Bool
    ) throws(EvaluationFailure) -> Bool {
        if stage == .recipient {
            guard let recipient = recipient(facts), let value = Self.value(attribute, of: recipient) else {
                return false
            }
            return try predicate(value)
        }
        for recipient in facts.recipients {
            if let value = Self.value(attribute, of: recipient), try predicate(value) { return true }
        }
        return false
    }

    /// The value of a recipient attribute; `<postmaster>` has a local part and no domain [RFC 5321, 4.1.1.3].
    private static func value(_ attribute: Attribute, of path: ForwardPath) -> AttributeValue? {
        switch (attribute, path.mailbox) {
        case (.recipientLocal, let mailbox): .text(mailbox?.localPart.text ?? "postmaster")
        case (.recipientDomain, let mailbox): (mailbox?.domain.description).map(AttributeValue.text)
        case (_, let mailbox?): .mailbox(mailbox)
        case (_, nil): .text("postmaster")
        }
    }
}
