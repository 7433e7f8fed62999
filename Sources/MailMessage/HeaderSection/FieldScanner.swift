/// Finds the fields of a header section, in one pass and without making a value of any of them.
///
/// ```abnf
/// fields         = *field                                        ; 5322 3.6
/// field          = field-name *WSP ":" unstructured CRLF         ; 3.6.8 with the white space of 4.5.8
/// unstructured   = *text *(CRLF WSP *text)                       ; 3.2.5 with the folding of 2.2.3
/// ```
/// A line that is no field becomes a malformed one together with its continuation lines, so that fields and section
/// have the same octets. Only CRLF ends a line: a bare CR or LF is an octet of the value.
struct FieldScanner {
    private let octets: UnsafeRawBufferPointer
    private let isAdded: Bool
    private var place: Int

    init(_ octets: UnsafeRawBufferPointer, from place: Int = 0, isAdded: Bool) {
        self.octets = octets
        self.isAdded = isAdded
        self.place = place
    }

    @inline(__always)
    mutating func next() -> FieldSpan? {
        let start = place
        guard start < octets.count else { return nil }

        var nameEnd = start
        var nameHash = HeaderName.emptyHash
        while nameEnd < octets.count, HeaderName.isNameOctet(octets[nameEnd]) {
            nameHash = HeaderName.hash(nameHash, with: octets[nameEnd])
            nameEnd &+= 1
        }
        var colon = nameEnd
        while colon < octets.count, Octet.isWhiteSpace(octets[colon]) { colon &+= 1 }
        let isField = nameEnd > start && colon < octets.count && octets[colon] == Octet.colon

        // From the name's first octet: a line that is no field may have its end before `colon`.
        let fieldEnd = end(from: isField ? colon &+ 1 : start)
        place = fieldEnd.index
        return FieldSpan(
            start: start,
            end: fieldEnd.index,
            nameEnd: isField ? nameEnd : start,
            valueStart: isField ? colon &+ 1 : start,
            nameHash: nameHash,
            isAdded: isAdded,
            isFolded: fieldEnd.isFolded,
            isTerminated: fieldEnd.isTerminated
        )
    }

    /// The place behind the first CRLF that no white space follows.
    @inline(__always)
    private func end(from start: Int) -> (index: Int, isFolded: Bool, isTerminated: Bool) {
        var search = start
        var isFolded = false
        while let lineFeed = octets.firstIndex(of: Octet.lineFeed, from: search) {
            search = lineFeed &+ 1
            guard lineFeed > start, octets[lineFeed &- 1] == Octet.carriageReturn else { continue }
            guard search < octets.count, Octet.isWhiteSpace(octets[search]) else { return (search, isFolded, true) }
            isFolded = true
        }
        return (octets.count, isFolded, false)
    }
}
