/// Where a field lies: a range of the octets that came, or of those that edits have added.
///
/// ```
/// Subject : Hello,\r\n world\r\n
/// |      |  |               |
/// start  |  valueStart      end - 2 = valueEnd
///        nameEnd
/// ```
struct FieldSpan {
    var start: UInt32
    var end: UInt32
    /// `start` when the field is malformed: a name has at least one octet.
    var nameEnd: UInt32
    /// Just behind the colon.
    var valueStart: UInt32
    /// Of the name (`HeaderName.hash`); of a malformed field it means nothing.
    var nameHash: UInt32
    var isAdded: Bool
    /// The value goes on on further lines.
    var isFolded: Bool
    /// A CRLF ends the field; only the last field of a message that broke off lacks it.
    var isTerminated: Bool

    @inline(__always)
    init(
        start: Int, end: Int, nameEnd: Int, valueStart: Int, nameHash: UInt32, isAdded: Bool, isFolded: Bool,
        isTerminated: Bool
    ) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.nameEnd = UInt32(truncatingIfNeeded: nameEnd)
        self.valueStart = UInt32(truncatingIfNeeded: valueStart)
        self.nameHash = nameHash
        self.isAdded = isAdded
        self.isFolded = isFolded
        self.isTerminated = isTerminated
    }

    var isMalformed: Bool { nameEnd == start }
    var octetCount: Int { Int(end) - Int(start) }
    var range: Range<Int> { Int(start)..<Int(end) }
    var nameRange: Range<Int> { Int(start)..<Int(nameEnd) }
    var nameLength: Int { Int(nameEnd &- start) }
    /// The value with its folding, without the CRLF that ends the field.
    var valueRange: Range<Int> { Int(valueStart)..<Int(end) - (isTerminated ? 2 : 0) }
}
