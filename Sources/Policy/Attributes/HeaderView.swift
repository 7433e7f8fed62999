import MailMessage
import SMTPProtocol

/// A header section with what rules have read of it, so that a field is decoded once for all rules of a stage.
///
/// A class, since it is large and changes as it is read; the reader of one stage has it alone.
final class HeaderView {
    private(set) var section: HeaderSection
    /// Whether an edit was made.
    private(set) var isEdited = false
    private let names: HeaderNames
    /// The fields whose names rules read, once the names of the fields have been read.
    private var known = KnownFields()
    private var hasReadNames = false
    private var fields: [String]?

    /// The fields whose names have slots, sorted by slot, each slot's from top to bottom.
    private struct KnownFields {
        /// The slot in the upper half, the index in the section in the lower.
        var keys: [UInt64] = []
        /// What has been read of each; empty until one of them has been.
        var decoded: [String?] = []
        var addresses: [[AddressList.Entry]?] = []

        func slot(at place: Int) -> Int { Int(keys[place] >> 32) }

        func index(at place: Int) -> Int { Int(keys[place] & 0xFFFF_FFFF) }

        /// The places of a slot's fields.
        func places(of slot: Int) -> Range<Int> {
            let start = place(of: UInt64(slot) << 32)
            var end = start
            while end < keys.count, self.slot(at: end) == slot { end += 1 }
            return start..<end
        }

        /// The first place whose key is not below another one.
        private func place(of key: UInt64) -> Int {
            var places = 0..<keys.count
            while !places.isEmpty {
                let middle = places.lowerBound + places.count / 2
                places = keys[middle] < key ? middle + 1..<places.upperBound : places.lowerBound..<middle
            }
            return places.lowerBound
        }
    }

    init(_ section: HeaderSection, names: HeaderNames) {
        self.section = section
        self.names = names
    }

    /// Applies an edit and, if it changed anything, forgets what was read before.
    func edit<Failure: Error>(_ edit: (inout HeaderSection) throws(Failure) -> Bool) throws(Failure) {
        guard try edit(&section) else { return }
        isEdited = true
        known = KnownFields()
        hasReadNames = false
        fields = nil
    }

    /// Asked here, where the section lies: it is not copied.
    var fieldCount: Int { section.count }
    var octets: Int { section.octets }
    var invalidCount: Int { section.invalidCount }

    func fieldCount(of name: String) -> Int { section.count(of: name) }

    /// Every field as it stands, `Name: value`, from top to bottom; lines that are no fields are left out.
    func fieldTexts() -> [String] {
        if let fields { return fields }
        let texts = (0..<section.count).compactMap(section.fieldText)
        fields = texts
        return texts
    }

    func count(_ slot: Int) -> Int { places(of: slot).count }

    /// The slots of the names that there are fields of.
    func presentSlots() -> [Int] {
        readNames()
        return known.keys.indices.filter { $0 == 0 || known.slot(at: $0) != known.slot(at: $0 - 1) }.map(known.slot)
    }

    /// Where the fields of a name are, from top to bottom: places that the members below take, until the next edit.
    func places(of slot: Int) -> Range<Int> {
        readNames()
        return known.places(of: slot)
    }

    /// The unfolded value of a field.
    func rawValue(at place: Int) -> String {
        section.rawValue(at: known.index(at: place))
    }

    /// The unfolded value of a field with its encoded words decoded.
    func decodedValue(at place: Int) -> String {
        if !known.decoded.isEmpty, let text = known.decoded[place] { return text }
        let text = section.decodedValue(at: known.index(at: place))
        if known.decoded.isEmpty { known.decoded.append(nils: known.keys.count) }
        known.decoded[place] = text
        return text
    }

    /// The mailboxes of a field.
    func addresses(at place: Int) -> [AddressList.Entry] {
        if !known.addresses.isEmpty, let entries = known.addresses[place] { return entries }
        let entries = section.addresses(at: known.index(at: place)).entries
        if known.addresses.isEmpty { known.addresses.append(nils: known.keys.count) }
        known.addresses[place] = entries
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

    /// Sorts the fields by the slots of their names, all in one go: the cost does not grow with the names that are read.
    private func readNames() {
        guard !hasReadNames else { return }
        hasReadNames = true
        var keys: [UInt64] = []
        keys.reserveCapacity(16)
        // Not asked of `self` for each field anew.
        let names = names
        section.forEachName { index, name, hash in
            if let slot = names.slot(of: name, hash: hash) { keys.append(UInt64(slot) << 32 | UInt64(index)) }
        }
        keys.sort()
        known.keys = keys
    }
}

extension Array {
    /// What `Array(repeating:count:)` makes looks its type up each time.
    @inline(__always)
    fileprivate mutating func append<Value>(nils count: Int) where Element == Value? {
        reserveCapacity(count)
        for _ in 0..<count { append(nil) }
    }
}
