import NIOCore

/// What to change in a message's content, made from what the scanner saw of it, and carried out by a `ContentRewriter`
/// when the same content passes again.
///
/// Changes add up: a part that is replaced has no other change, and what is added to a text is encoded as that is.
/// Every octet outside the parts that are named stays.
public struct ContentPlan: Sendable {
    let structure: MIMEStructure
    private var changes: [Int: PartChange] = [:]
    /// Where octets beyond ASCII become `?`: preambles and epilogues, which no reader shows.
    private var masked: [Range<Int>] = []
    private var isSevenBit = false

    struct PartChange: Sendable {
        var header = ContentHeaderChange()
        /// The body is written in this transfer encoding.
        var encoding: TransferEncoding?
        var addition: TextAddition?
        /// The body, and what parts it has, give way to this text.
        var notice: PartNotice?
    }

    public init(_ structure: MIMEStructure) {
        self.structure = structure
    }

    /// Whether the content stays as it is. Its header section may change all the same.
    public var isEmpty: Bool { changes.isEmpty && masked.isEmpty && !isSevenBit }

    /// The parts that give way to a notice, in order.
    public var replacedParts: [Int] { changes.filter { $0.value.notice != nil }.keys.sorted() }

    /// Puts a text in the place of a part.
    public mutating func replace(_ part: Int, with text: String) {
        guard structure.parts.indices.contains(part), !isReplaced(part) else { return }
        let notice = PartNotice(text)
        changes[part] = PartChange(notice: notice)
        changes[part]?.header.notice = notice
    }

    /// Whether the part, or one around it, gives way to a notice.
    func isReplaced(_ part: Int) -> Bool {
        var place: Int? = part
        while let index = place {
            if changes[index]?.notice != nil { return true }
            place = structure.parts[index].parent
        }
        return false
    }

    mutating func add(_ addition: TextAddition, to part: Int, header: ContentHeaderChange, encoding: TransferEncoding) {
        changes[part, default: PartChange()].addition = addition
        changes[part]?.header = header
        changes[part]?.encoding = encoding
    }

    /// The transfer encoding of a part's body once the plan is carried out.
    func encoding(of part: Int) -> TransferEncoding { changes[part]?.encoding ?? structure.parts[part].encoding }

    mutating func encode(_ part: Int, as encoding: TransferEncoding) {
        changes[part, default: PartChange()].encoding = encoding
        changes[part]?.header.encoding = encoding
    }

    mutating func label(_ part: Int, _ encoding: TransferEncoding) {
        changes[part, default: PartChange()].header.encoding = encoding
    }

    mutating func encodeHeader(of part: Int) {
        changes[part, default: PartChange()].header.encodesEightBit = true
    }

    mutating func mask(_ range: Range<Int>) { masked.append(range) }

    mutating func becomeSevenBit() { isSevenBit = true }

    /// Changes the header section of the message itself as the plan asks.
    public func edit(_ header: inout HeaderSection) {
        var change = changes[0]?.header ?? ContentHeaderChange()
        if isSevenBit { change.encodesEightBit = true }
        change.edit(&header)
    }

    /// The places to change, in order and apart from each other.
    func splices() -> [ContentSplice] {
        var splices = masked.map { ContentSplice(range: $0, change: .mask) }
        for (index, change) in changes {
            let part = structure.parts[index]
            if let parent = part.parent, isReplaced(parent) { continue }
            if part.parent != nil, !change.header.isEmpty {
                splices.append(ContentSplice(range: part.header, change: .header(change.header)))
            }
            if let notice = change.notice {
                let hasEmptyLine = part.header.upperBound < part.body.lowerBound
                let body = notice.body(behindEmptyLine: hasEmptyLine, isLast: part.body.upperBound == structure.octets)
                splices.append(ContentSplice(range: part.body, change: .replace(body)))
            } else if change.encoding != nil || change.addition != nil {
                let transcoder = BodyTranscoder(
                    from: part.encoding, to: change.encoding ?? part.encoding, adding: change.addition,
                    isLast: part.body.upperBound == structure.octets)
                splices.append(ContentSplice(range: part.body, change: .body(transcoder)))
            }
        }
        return splices.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
    }
}

/// A stretch of the content that changes.
struct ContentSplice: Sendable {
    enum Change: Sendable {
        case header(ContentHeaderChange)
        case body(BodyTranscoder)
        case replace(ByteBuffer)
        case mask
    }

    let range: Range<Int>
    let change: Change
}
