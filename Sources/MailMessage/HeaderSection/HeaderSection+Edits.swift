import NIOCore

extension HeaderSection {
    /// Puts a field before all others. Values are written as `FieldWriter` says; a name that is not a field-name
    /// (`HeaderName.isValid`) adds nothing.
    public mutating func addAtTop(name: String, value: String) {
        guard HeaderName.isValid(name) else { return }
        nameLeadingContinuation()
        spans.insert(append(FieldWriter.field(name: name, value: value)), at: 0)
    }

    /// Puts octets that are already whole fields, such as a trace field, before all others.
    public mutating func prependRaw(_ octets: ByteBuffer) {
        guard octets.readableBytes > 0 else { return }
        nameLeadingContinuation()
        let start = added.readableBytes
        added.writeImmutableBuffer(octets)
        var prepended: [FieldSpan] = []
        added.withUnsafeReadableBytes { octets in
            var scanner = FieldScanner(octets, from: start, isAdded: true)
            while let span = scanner.next() { prepended.append(span) }
        }
        spans.insert(contentsOf: prepended, at: 0)
    }

    /// Makes this the only field of its name: the first one there is takes the value and keeps its place, the other
    /// ones go. Without one, the field comes behind the last one.
    public mutating func set(name: String, value: String) {
        guard HeaderName.isValid(name) else { return }
        let field = append(FieldWriter.field(name: name, value: value))
        let indices = indices(of: name)
        guard let first = indices.first else {
            spans.insert(field, at: indexBehindFields)
            return
        }
        spans[first] = field
        remove(at: Array(indices.dropFirst()))
    }

    public mutating func remove(at index: Int) {
        guard spans.indices.contains(index) else { return }
        spans.remove(at: index)
    }

    /// Removes the fields at these indices, which are those of the section before any of them goes.
    public mutating func remove(at indices: [Int]) {
        guard indices.count > 1 else {
            for index in indices { remove(at: index) }
            return
        }
        let removed = Set(indices)
        var index = -1
        spans.removeAll { _ in
            index += 1
            return removed.contains(index)
        }
    }

    /// Removes all fields of this name.
    public mutating func remove(name: String) {
        remove(at: indices(of: name))
    }

    /// Gives a field another value; its name keeps its spelling. A malformed field has no value to replace.
    public mutating func replaceValue(at index: Int, with value: String) {
        guard spans.indices.contains(index), !spans[index].isMalformed else { return }
        spans[index] = append(FieldWriter.field(name: name(at: index), value: value))
    }

    /// Puts a field of that name and value in the place of another one; a malformed one stays, and so does any field
    /// when the name is not a field-name.
    public mutating func replaceField(at index: Int, name: String, value: String) {
        guard spans.indices.contains(index), !spans[index].isMalformed, HeaderName.isValid(name) else { return }
        spans[index] = append(FieldWriter.field(name: name, value: value))
    }

    /// Puts a prefix and a space before a value and keeps every octet of that, its encoded words and folding
    /// included. The line is folded behind the prefix when it would exceed 78 octets.
    public mutating func prefixValue(at index: Int, with prefix: String) {
        guard spans.indices.contains(index), !spans[index].isMalformed else { return }
        let span = spans[index]
        let field = withOctets(of: span) { octets in
            FieldWriter.prefixing(
                UnsafeRawBufferPointer(rebasing: octets[span.range]),
                valueStart: span.valueRange.lowerBound - span.range.lowerBound,
                valueEnd: span.valueRange.upperBound - span.range.lowerBound,
                with: prefix
            )
        }
        spans[index] = append(field)
    }

    /// Puts the octets of a field in the place of another one, be that malformed or not.
    mutating func replaceOctets(at index: Int, with field: [UInt8]) {
        guard spans.indices.contains(index) else { return }
        spans[index] = append(field)
    }

    /// A section that begins with white space begins with the continuation of no field: a field put before it would be
    /// continued by it, with whatever the sender wrote there. It gets a name of its own.
    private mutating func nameLeadingContinuation() {
        guard let first = spans.first, first.isMalformed else { return }
        let octets = withOctets(of: first) { Array($0[first.range]) }
        guard let octet = octets.first, Octet.isWhiteSpace(octet) else { return }
        replaceOctets(at: 0, with: Array("\(HeaderName.ofContinuation):".utf8) + octets)
    }

    /// Adds the octets of one field to the buffer of edits.
    private mutating func append(_ field: [UInt8]) -> FieldSpan {
        let start = added.readableBytes
        added.writeBytes(field)
        return added.withUnsafeReadableBytes { octets in
            var scanner = FieldScanner(octets, from: start, isAdded: true)
            return scanner.next()
        }
            ?? FieldSpan(
                start: start, end: start, nameEnd: start, valueStart: start, nameHash: HeaderName.emptyHash,
                isAdded: true, isFolded: false, isTerminated: true)
    }

    /// Behind the last field, yet before lines that are none: where the empty line is missing, those are what many
    /// a reader takes for the body.
    private var indexBehindFields: Int {
        let firstField = spans.firstIndex { !$0.isMalformed } ?? spans.endIndex
        return spans[firstField...].firstIndex(where: \.isMalformed) ?? spans.endIndex
    }
}
