/// A place in an expression that moves on as it is read.
struct POSIXReader {
    private let scalars: [Unicode.Scalar]
    private(set) var offset = 0

    init(_ expression: String) {
        scalars = Array(expression.unicodeScalars)
    }

    var isAtEnd: Bool { offset >= scalars.count }
    var isLast: Bool { offset + 1 == scalars.count }
    var next: Unicode.Scalar? { isAtEnd ? nil : scalars[offset] }

    /// Whether a text stands here, or behind some scalars.
    func sees(_ text: String, after count: Int = 0) -> Bool {
        scalars.dropFirst(offset + count).starts(with: text.unicodeScalars)
    }

    mutating func skip() {
        offset = min(offset + 1, scalars.count)
    }

    mutating func take() -> Unicode.Scalar? {
        defer { skip() }
        return next
    }

    mutating func take(_ text: String) -> Bool {
        guard sees(text) else { return false }
        offset += text.unicodeScalars.count
        return true
    }

    /// The number that stands here, bounded; nil when there is none.
    mutating func takeNumber() -> Int? {
        var number: Int?
        while let next, next.isASCIIDigit {
            number = min((number ?? 0) * 10 + Int(next.value - 0x30), 1_000_000)
            skip()
        }
        return number
    }

    /// What stands before a text further on, which is taken as well; nil when the text does not come.
    mutating func take(upTo end: String) -> String? {
        var found = String.UnicodeScalarView()
        while !isAtEnd {
            if take(end) { return String(found) }
            if let scalar = take() { found.append(scalar) }
        }
        return nil
    }
}
