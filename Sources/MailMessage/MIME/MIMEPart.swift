/// One entity of a message [2045 2.4], as the scanner has seen it.
///
/// Places are counted in octets from behind the root's header section, where its empty line begins.
public struct MIMEPart: Hashable, Sendable {
    /// The index of the multipart or message that this is a part of; nil for the message itself.
    public let parent: Int?
    /// How many multiparts and messages enclose the part.
    public let depth: Int
    public let type: MediaType
    /// In lower case; empty when none is given.
    public let charset: String
    public let encoding: TransferEncoding
    /// The transfer encoding as it is named, in lower case.
    public let encodingName: String
    /// In lower case; empty when there is none.
    public let disposition: String
    /// The file names that readers may show, the one that they should first.
    public let names: [String]
    /// The header section without its empty line; empty for the root, whose section is kept apart.
    public let header: Range<Int>
    /// The body, without the line end that belongs to the delimiter behind it.
    public internal(set) var body: Range<Int>
    /// Other parts lie within.
    public let isContainer: Bool
    /// The part, or one around it, is signed or encrypted as a whole.
    public let isSealed: Bool
    /// The header section has octets beyond ASCII.
    public let headerHasEightBit: Bool
    /// The header section was too large to be read whole.
    public let isHeaderCut: Bool

    /// The body of a leaf has octets beyond ASCII; found when the scanner was asked to.
    public internal(set) var hasEightBit = false
    /// The size of a leaf's body when it is decoded; known when the scanner was asked for it.
    public internal(set) var decodedOctets = 0
    /// The size of a leaf's decoded body in quoted-printable; known when the scanner was asked for encodings.
    public internal(set) var quotedPrintableOctets = 0

    /// The shorter of the two encodings that make 7 bits of 8.
    public var shorterEncoding: TransferEncoding {
        quotedPrintableOctets <= Base64Encoder.encodedOctets(of: decodedOctets) ? .quotedPrintable : .base64
    }

    /// Whether it is what a reader shows as an attachment: it has a file name or says that it is one, or is neither a
    /// text nor anything that holds other parts.
    public var isAttachment: Bool {
        if !names.isEmpty || disposition == "attachment" { return true }
        return !isContainer && !type.isText && !type.isMultipart && type.type != "message"
    }

    /// What stands behind the last dot of each name, in lower case. White space and dots at the end are passed over,
    /// as those do who open files by their extension.
    public var extensions: [String] {
        names.compactMap { name in
            var characters = Substring(name)
            while let last = characters.last, last == "." || last.isWhitespace { characters.removeLast() }
            guard let dot = characters.lastIndex(of: "."), dot > characters.startIndex else { return nil }
            return characters[dot...].dropFirst().lowercased()
        }
    }
}
