import NIOCore

/// The header section of a message [5322 2.1]: its fields in order, and every octet as it came.
///
/// The section keeps the buffer that it was parsed from; fields are ranges of it. An edit writes the new field into
/// a second buffer and puts its range in place, so that no edit touches an octet outside the field that it names:
/// order, case of names, folding, odd spacing and lines that are no fields stay. A section that was not edited is
/// written as the one piece it was read from.
///
/// Indices count all fields, malformed ones included, and hold until the next edit. An index out of range names no
/// field: it reads as empty and edits nothing.
public struct HeaderSection: Sendable {
    let original: ByteBuffer
    var added = ByteBuffer()
    var spans: [FieldSpan] = []

    /// Takes the octets of a section without the empty line that ends it.
    public init(parsing octets: ByteBuffer) {
        let original = octets.slice()
        var spans: [FieldSpan] = []
        spans.reserveCapacity(24)
        original.withUnsafeReadableBytes { octets in
            var scanner = FieldScanner(octets, isAdded: false)
            while let span = scanner.next() { spans.append(span) }
        }
        self.original = original
        self.spans = spans
    }

    public init() {
        original = ByteBuffer()
    }

    /// The fields, for display. The other members read a field without making values of all.
    public var fields: [HeaderField] {
        spans.map { span in
            HeaderField(name: name(of: span), octets: slice(of: span), isMalformed: span.isMalformed)
        }
    }

    /// How many fields there are, malformed ones included.
    public var count: Int { spans.count }

    /// How many lines are no fields.
    public var invalidCount: Int { spans.count(where: \.isMalformed) }

    /// The size in octets, without the empty line.
    public var octets: Int { spans.reduce(0) { $0 + $1.octetCount } + (needsLineEndInside ? 2 : 0) }

    /// The indices of the fields of this name, compared without case.
    public func indices(of name: String) -> [Int] {
        var indices: [Int] = []
        forEachIndex(of: name) { indices.append($0) }
        return indices
    }

    /// The first index of a field of this name, from a place on.
    public func firstIndex(of name: String, from start: Int = 0) -> Int? {
        var name = name
        return name.withUTF8 { name in
            let hash = HeaderName.hash(name)
            return spans.withUnsafeBufferPointer { spans in
                var index = start
                while index < spans.count, !isField(spans[index], named: name, hash: hash) { index += 1 }
                return index < spans.count ? index : nil
            }
        }
    }

    public func count(of name: String) -> Int {
        var count = 0
        forEachIndex(of: name) { _ in count += 1 }
        return count
    }

    /// The name as it is written there; empty for a malformed field.
    public func name(at index: Int) -> String {
        spans.indices.contains(index) ? name(of: spans[index]) : ""
    }

    /// Calls a body with the index of each field, its name as it is written, and the name's hash (`HeaderName.hash`); lines
    /// that are no fields are passed over.
    public func forEachName(_ body: (Int, UnsafeRawBufferPointer, UInt32) -> Void) {
        original.withUnsafeReadableBytes { original in
            added.withUnsafeReadableBytes { added in
                for (index, span) in spans.enumerated() where !span.isMalformed {
                    let octets = span.isAdded ? added : original
                    body(index, UnsafeRawBufferPointer(rebasing: octets[span.nameRange]), span.nameHash)
                }
            }
        }
    }

    public func isMalformed(at index: Int) -> Bool {
        spans.indices.contains(index) && spans[index].isMalformed
    }

    /// Appends the section, without an empty line behind it.
    public func write(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: octets)
        var index = 0
        while index < spans.count {
            // Neighbours that lie side by side in the same buffer are one copy.
            let first = spans[index]
            var last = first
            index += 1
            while index < spans.count, spans[index].isAdded == last.isAdded, spans[index].start == last.end {
                last = spans[index]
                index += 1
            }
            withOctets(of: first) { octets in
                _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: octets[Int(first.start)..<Int(last.end)]))
            }
            if !last.isTerminated, index < spans.count { buffer.writeStaticString("\r\n") }
        }
    }
}

extension HeaderSection {
    /// Whether a field lacks its CRLF and another one follows.
    private var needsLineEndInside: Bool {
        spans.dropLast().contains { !$0.isTerminated }
    }

    /// The buffer that a span is a range of.
    @inline(__always)
    func withOctets<Value>(of span: FieldSpan, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        span.isAdded ? added.withUnsafeReadableBytes(body) : original.withUnsafeReadableBytes(body)
    }

    private func name(of span: FieldSpan) -> String {
        withOctets(of: span) { String(decoding: UnsafeRawBufferPointer(rebasing: $0[span.nameRange]), as: UTF8.self) }
    }

    private func slice(of span: FieldSpan) -> ByteBuffer {
        let buffer = span.isAdded ? added : original
        return buffer.getSlice(at: buffer.readerIndex + span.range.lowerBound, length: span.octetCount) ?? ByteBuffer()
    }

    @inline(__always)
    func forEachIndex(of name: String, _ body: (Int) -> Void) {
        var name = name
        name.withUTF8 { name in
            let hash = HeaderName.hash(name)
            for (index, span) in spans.enumerated() where isField(span, named: name, hash: hash) { body(index) }
        }
    }

    /// Whether a field has this name, which has this hash. A malformed one has none.
    @inline(__always)
    private func isField(_ span: FieldSpan, named name: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Bool {
        guard span.nameHash == hash, span.nameLength == name.count, !name.isEmpty else { return false }
        return withOctets(of: span) { octets in
            UnsafeRawBufferPointer(rebasing: octets[span.nameRange]).equalsIgnoringCase(name)
        }
    }
}
