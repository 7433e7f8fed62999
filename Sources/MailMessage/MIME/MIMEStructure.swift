/// The parts of a message and what was seen of them.
public struct MIMEStructure: Hashable, Sendable {
    /// In the order in which their header sections come; the message itself first.
    public internal(set) var parts: [MIMEPart] = []
    public internal(set) var anomalies: MIMEAnomalies = []
    /// The text of the text parts in UTF-8, a line end between two; when the scanner was asked for it.
    public internal(set) var text = ""
    /// The octets behind the root's header section.
    public internal(set) var octets = 0
    /// Preambles and epilogues with octets beyond ASCII, each with its multipart.
    var eightBitGaps: [Gap] = []
    /// A boundary has octets beyond ASCII.
    var hasEightBitBoundary = false
    /// A text begins a signed or encrypted message of OpenPGP within itself [4880 7].
    public internal(set) var holdsInlinePGP = false
    /// The message carries a signature over its header section and body [6376].
    public internal(set) var isDomainSigned = false

    struct Gap: Hashable {
        let part: Int
        let range: Range<Int>
    }

    /// Whether readers may see other parts than these.
    public var isMalformed: Bool { !anomalies.isEmpty }

    /// How many multiparts and messages enclose the part that lies deepest.
    public var depth: Int { parts.map(\.depth).max() ?? 0 }

    public var attachments: [MIMEPart] { parts.filter(\.isAttachment) }

    /// Whether a change to the content would break a signature or what is encrypted.
    public var isSigned: Bool { isDomainSigned || holdsInlinePGP || parts.contains(where: \.isSealed) }
}

/// What makes the structure of a message doubtful: readers may differ in what they see.
public struct MIMEAnomalies: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// More parts than are looked at.
    public static let tooManyParts = MIMEAnomalies(rawValue: 1)
    /// Parts lie deeper than is looked at.
    public static let tooDeep = MIMEAnomalies(rawValue: 1 << 1)
    /// The header section of a part is larger than is looked at.
    public static let headerTooLarge = MIMEAnomalies(rawValue: 1 << 2)
    /// A multipart names no boundary, or one that cannot be.
    public static let boundaryMissing = MIMEAnomalies(rawValue: 1 << 3)
    /// A multipart has the boundary of one around it, or goes on behind its end.
    public static let boundaryRepeated = MIMEAnomalies(rawValue: 1 << 4)
    /// A line begins like a delimiter and goes on.
    public static let boundaryDoubtful = MIMEAnomalies(rawValue: 1 << 5)
    /// A multipart has no part, or does not end.
    public static let multipartOpen = MIMEAnomalies(rawValue: 1 << 6)
    /// A field of which there should be one is there more than once.
    public static let fieldRepeated = MIMEAnomalies(rawValue: 1 << 7)
    /// A Content-Type that is none.
    public static let typeInvalid = MIMEAnomalies(rawValue: 1 << 8)

    private static let texts: [(MIMEAnomalies, String)] = [
        (.tooManyParts, "too many parts"), (.tooDeep, "parts nested too deep"),
        (.headerTooLarge, "the header section of a part is too large"),
        (.boundaryMissing, "a multipart without a boundary"), (.boundaryRepeated, "a boundary used twice"),
        (.boundaryDoubtful, "a line that only begins like a boundary"), (.multipartOpen, "a multipart without its end"),
        (.fieldRepeated, "a field of a part more than once"), (.typeInvalid, "a Content-Type that is none"),
    ]

    public var description: String {
        Self.texts.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

/// How much of a message's structure is looked at; what lies beyond is passed over and makes the message malformed.
public struct MIMEBounds: Hashable, Sendable {
    /// Parts that are kept.
    public var parts = 500
    /// Multiparts and messages around a part.
    public var depth = 50
    /// Octets of a part's header section.
    public var header = 32 * 1024
    /// Octets of `text`.
    public var text = 32 * 1024

    public init() {}
}
