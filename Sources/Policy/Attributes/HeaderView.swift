import MailMessage
import SMTPProtocol

/// A header section with what rules have read of it, so that a field is decoded once for all rules of a stage.
struct HeaderView {
    private(set) var section: HeaderSection
    /// Whether an edit was made.
    private(set) var isEdited = false
    private let names: HeaderNames
    /// What has been read of the fields that there are; nil until the names of the fields have been read.
    private var slots: [Int: Slot]?
    private var fields: [String]?

    /// What has been read of the fields of one name.
    private struct Slot {
        var indices: [Int]
        var raw: [String]?
        var decoded: [String]?
        var addresses: [AddressList.Entry]?
    }

    init(_ section: HeaderSection, names: HeaderNames) {
        self.section = section
        self.names = names
    }

    /// Applies an edit and, if it changed anything, forgets what was read before.
    mutating func edit<Failure: Error>(_ edit: (inout HeaderSection) throws(Failure) -> Bool) throws(Failure) {
        guard try edit(&section) else { return }
        isEdited = true
        slots = nil
        fields = nil
    }

    /// Every field as it stands, `Name: value`, from top to bottom; lines that are no fields are left out.
    mutating func fieldTexts() -> [String] {
        if let fields { return fields }
        let texts = (0..<section.count).compactMap(section.fieldText)
        fields = texts
        return texts
    }

    mutating func count(_ slot: Int) -> Int { indices(slot).count }

    /// The slots of the names that there are fields of.
    mutating func presentSlots() -> [Int] { Array(readNames().keys) }

    /// The unfolded values of the fields of a name, from top to bottom.
    mutating func rawValues(_ slot: Int) -> [String] {
        let indices = indices(slot)
        if indices.isEmpty { return [] }
        if let known = slots?[slot]?.raw { return known }
        let values = indices.map { section.rawValue(at: $0) }
        slots?[slot]?.raw = values
        return values
    }

    /// The unfolded values of the fields of a name with their encoded words decoded.
    mutating func decodedValues(_ slot: Int) -> [String] {
        let indices = indices(slot)
        if indices.isEmpty { return [] }
        if let known = slots?[slot]?.decoded { return known }
        let values = indices.map { section.decodedValue(at: $0) }
        slots?[slot]?.decoded = values
        return values
    }

    /// The mailboxes in the fields of a name.
    mutating func addresses(_ slot: Int) -> [AddressList.Entry] {
        if indices(slot).isEmpty { return [] }
        if let known = slots?[slot]?.addresses { return known }
        let entries = indices(slot).flatMap { section.addresses(at: $0).entries }
        slots?[slot]?.addresses = entries
        return entries
    }

    /// An aspect of one mailbox; nil when the entry does not have it.
    static func value(_ aspect: HeaderAspect, of entry: AddressList.Entry) -> AttributeValue? {
        switch aspect {
        case .address: entry.address.isEmpty ? nil : .entry(entry)
        case .domain: entry.domain.isEmpty ? nil : .text(entry.domain)
        case .local: entry.local.isEmpty ? nil : .text(entry.local)
        case .displayName: entry.displayName.isEmpty ? nil : .text(entry.displayName)
        case .decoded, .raw, .count: nil
        }
    }

    private mutating func indices(_ slot: Int) -> [Int] { readNames()[slot]?.indices ?? [] }

    /// Sorts the fields by the slots of their names, all in one go: the cost does not grow with the names that are read.
    private mutating func readNames() -> [Int: Slot] {
        if let slots { return slots }
        var slots: [Int: Slot] = [:]
        section.forEachName { index, name in
            if let slot = names.slot(of: name) { slots[slot, default: Slot(indices: [])].indices.append(index) }
        }
        self.slots = slots
        return slots
    }
}
