import NIOCore

extension HeaderSection {
    /// The value of a field: unfolded [5322 2.2.3], without the white space around it, invalid UTF-8 repaired.
    public func rawValue(at index: Int) -> String {
        guard spans.indices.contains(index) else { return "" }
        let span = spans[index]
        return withOctets(of: span) { octets in
            let value = UnsafeRawBufferPointer(rebasing: octets[span.valueRange])
            return span.isFolded ? Self.unfolded(value) : Self.trimmed(value)
        }
    }

    /// The value of a field as a reader sees it: `rawValue` with its encoded words [2047] decoded.
    public func decodedValue(at index: Int) -> String {
        EncodedWord.decode(rawValue(at: index))
    }

    /// A field as it stands, `Name: value`, its folding as line feeds, invalid UTF-8 repaired; nil for a malformed one.
    public func fieldText(at index: Int) -> String? {
        guard spans.indices.contains(index), !spans[index].isMalformed else { return nil }
        let span = spans[index]
        let octets = withOctets(of: span) { Array($0[Int(span.start)..<span.valueRange.upperBound]) }
        guard span.isFolded else { return String(decoding: octets, as: UTF8.self) }
        let unfolded = octets.indices.lazy.filter { index in
            octets[index] != Octet.carriageReturn || octets.dropFirst(index + 1).first != Octet.lineFeed
        }
        return String(decoding: unfolded.map { octets[$0] }, as: UTF8.self)
    }

    /// The mailboxes of a field, whose encoded words are decoded after its syntax was read, as [2047 6.2] asks.
    public func addresses(at index: Int) -> AddressList {
        AddressList(parsing: rawValue(at: index))
    }

    private static func trimmed(_ value: UnsafeRawBufferPointer) -> String {
        var start = 0
        var end = value.count
        while start < end, Octet.isWhiteSpace(value[start]) { start += 1 }
        while end > start, Octet.isWhiteSpace(value[end - 1]) { end -= 1 }
        return String(decoding: UnsafeRawBufferPointer(rebasing: value[start..<end]), as: UTF8.self)
    }

    /// Leaves out each CRLF that white space follows.
    private static func unfolded(_ value: UnsafeRawBufferPointer) -> String {
        withUnsafeTemporaryAllocation(byteCount: value.count, alignment: 1) { unfolded in
            var length = 0
            var place = 0
            func copy(upTo end: Int) {
                guard end > place else { return }
                UnsafeMutableRawBufferPointer(rebasing: unfolded[length...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: value[place..<end]))
                length += end - place
            }
            var search = 0
            while let lineFeed = value.firstIndex(of: Octet.lineFeed, from: search) {
                search = lineFeed + 1
                guard lineFeed > 0, value[lineFeed - 1] == Octet.carriageReturn, search < value.count,
                    Octet.isWhiteSpace(value[search])
                else { continue }
                copy(upTo: lineFeed - 1)
                place = search
            }
            copy(upTo: value.count)
            return trimmed(UnsafeRawBufferPointer(rebasing: unfolded[..<length]))
        }
    }
}
