import Policy

extension DocumentReader {
    /// A scalar that is there, as it was written.
    public mutating func scalar(_ node: DocumentNode, _ subject: String) -> DocumentScalar? {
        guard let scalar = node.scalar, !scalar.isMissing else {
            error(at: node.location, "expected \(subject), found \(node.summary)")
            return nil
        }
        return scalar
    }

    /// Text: any scalar, but a plain one that YAML may take for a truth value must be quoted.
    public mutating func text(_ node: DocumentNode, _ subject: String = "text") -> String? {
        guard let scalar = scalar(node, subject) else { return nil }
        guard !scalar.looksLikeTruthValue else {
            error(
                at: node.location,
                "expected \(subject), found `\(scalar.text)`, which YAML takes for true or false; "
                    + "write \"\(scalar.text)\" in quotes"
            )
            return nil
        }
        guard !scalar.text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) else {
            error(at: node.location, "expected \(subject), found a control character")
            return nil
        }
        return scalar.text
    }

    /// Text on one line with something in it.
    public mutating func name(_ node: DocumentNode, _ subject: String = "a name") -> String? {
        guard let text = text(node, subject) else { return nil }
        guard !text.isEmpty, !text.contains(where: \.isNewline) else {
            error(at: node.location, "expected \(subject) on one line, found \(text.isEmpty ? "nothing" : "several")")
            return nil
        }
        return text
    }

    /// `true` or `false`, unquoted.
    public mutating func flag(_ node: DocumentNode, _ subject: String = "true or false") -> Bool? {
        switch node.scalar.map({ ($0.style, $0.text) }) {
        case (.plain, "true")?: return true
        case (.plain, "false")?: return false
        default:
            error(at: node.location, "expected \(subject), found \(node.summary)")
            return nil
        }
    }

    /// A whole number of things.
    public mutating func count(
        _ node: DocumentNode,
        _ subject: String = "a whole number",
        in range: ClosedRange<Int> = 0...Int(Int32.max)
    ) -> Int? {
        value(node, subject, in: range, print: String.init) { text in
            text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
        }
    }

    /// A size in octets: `25 MiB`, `4096`.
    public mutating func size(
        _ node: DocumentNode,
        _ subject: String = "a size",
        in range: ClosedRange<Int> = 0...Int.max
    ) -> Int? {
        let subject = "\(subject) (a number, alone or with KiB, MiB, GiB, KB, MB or GB)"
        return value(node, subject, in: range, print: ByteSize.describe) { ByteSize.parse($0) }
    }

    /// A duration: `30s`, `5m`.
    public mutating func duration(
        _ node: DocumentNode,
        _ subject: String = "a duration",
        in range: ClosedRange<Duration> = .zero...DurationText.maximum
    ) -> Duration? {
        let subject = "\(subject) (\(DurationText.form))"
        return value(node, subject, in: range, print: DurationText.print) { DurationText.parse($0) }
    }

    /// A pace in octets per second: `1000 B/s`, `10 KiB/s`.
    public mutating func pace(
        _ node: DocumentNode,
        _ subject: String = "a pace",
        in range: ClosedRange<Int> = 0...Int.max
    ) -> Int? {
        value(node, "\(subject) (a size per second, as in `1000 B/s`)", in: range, print: { "\($0) B/s" }) { text in
            text.hasSuffix("/s") ? ByteSize.parse(text.dropLast(2)) : nil
        }
    }

    /// One of the words of a table.
    public mutating func choice<Value>(
        _ node: DocumentNode,
        _ subject: String,
        among table: KeyValuePairs<String, Value>
    ) -> Value? {
        let words = table.map(\.key)
        guard let scalar = scalar(node, "\(subject) (\(words.joined(separator: ", ")))") else { return nil }
        if let value = table.first(where: { $0.key == scalar.text })?.value { return value }
        let hint = NearestName.hint(scalar.text, among: words)
        error(
            at: node.location,
            "expected \(subject) (\(words.joined(separator: ", "))), found `\(scalar.abbreviated)`" + hint
        )
        return nil
    }

    private mutating func value<Value: Comparable>(
        _ node: DocumentNode,
        _ subject: String,
        in range: ClosedRange<Value>,
        print: (Value) -> String,
        parse: (String) -> Value?
    ) -> Value? {
        guard let scalar = scalar(node, subject) else { return nil }
        guard let value = parse(scalar.text) else {
            error(at: node.location, "expected \(subject), found `\(scalar.abbreviated)`")
            return nil
        }
        guard range.contains(value) else {
            let (limit, word) = value < range.lowerBound ? (range.lowerBound, "least") : (range.upperBound, "most")
            error(at: node.location, "`\(scalar.abbreviated)` is out of range: at \(word) \(print(limit))")
            return nil
        }
        return value
    }
}
