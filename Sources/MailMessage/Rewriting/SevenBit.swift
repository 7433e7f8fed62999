/// Why a content cannot be changed as it was asked.
public enum ContentObjection: Error, Hashable, Sendable {
    /// It is signed or encrypted, and would be worthless.
    case sealed
    /// The message carries a DKIM-Signature, which would no longer hold.
    case domainSigned
    /// Its structure is not known well enough.
    case malformed
    /// A part may not be encoded, such as a fragment of a message [2046 5.2].
    case unencodable
}

extension ContentPlan {
    /// Makes the message one of 7 bits [6152 3]: each leaf with octets beyond ASCII is written in quoted-printable or
    /// base64, whichever is shorter, header sections in encoded words, and what surrounds a leaf no longer says 8 bit.
    ///
    /// Nothing changes when it throws.
    ///
    /// - Parameter breakingDomainSignatures: a DKIM-Signature does not hold the change back.
    public mutating func makeSevenBit(breakingDomainSignatures: Bool) throws(ContentObjection) {
        if structure.isDomainSigned, !breakingDomainSignatures { throw .domainSigned }
        let isHalfSeen = !structure.anomalies.isDisjoint(with: [.tooManyParts, .tooDeep, .headerTooLarge])
        if isHalfSeen || structure.hasEightBitBoundary { throw .malformed }

        var plan = self
        plan.becomeSevenBit()
        for (index, part) in structure.parts.enumerated() where !plan.isReplaced(index) {
            if part.isSealed, part.hasEightBit || (part.headerHasEightBit && index > 0) { throw .sealed }
            if part.headerHasEightBit, index > 0 {
                plan.encodeHeader(of: index)
                plan.labelEnclosing(index)
            }
            guard part.hasEightBit, !part.isContainer else { continue }
            if part.type.isMultipart { throw .malformed }
            if part.type.type == "message" { throw .unencodable }
            plan.encode(index, as: part.encoding.isIdentity ? part.shorterEncoding : part.encoding)
            plan.labelEnclosing(index)
        }
        for gap in structure.eightBitGaps where !plan.isReplaced(gap.part) {
            if structure.parts[gap.part].isSealed { throw .sealed }
            plan.mask(gap.range)
            plan.labelEnclosing(gap.part, itselfToo: true)
        }
        self = plan
    }

    /// What holds a part that has changed says 7 bit where it said more.
    private mutating func labelEnclosing(_ part: Int, itselfToo: Bool = false) {
        var place = itselfToo ? part : structure.parts[part].parent
        while let index = place {
            let declared = encoding(of: index)
            if declared == .eightBit || declared == .binary { label(index, .sevenBit) }
            place = structure.parts[index].parent
        }
    }
}
