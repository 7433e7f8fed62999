/// A path longer than this is refused.
///
/// RFC 5321 section 4.5.3.1.3 asks for 256 octets and for no smaller limit where one can be avoided.
let maximumPathOctets = 512

extension OctetReader {
    /// `Reverse-path = Path / "<>"`
    mutating func takeReversePath() -> ReversePath? {
        let start = self
        if take(.lessThan), take(.greaterThan) { return .null }
        self = start
        return takePath().map(ReversePath.mailbox)
    }

    /// `"<Postmaster>" / Forward-path`; `postmaster` is recognised in any case.
    mutating func takeForwardPath() -> ForwardPath? {
        let start = self
        if take(.lessThan), take(word: "POSTMASTER"), take(.greaterThan) { return .postmaster }
        self = start
        return takePath().map(ForwardPath.mailbox)
    }

    /// ```abnf
    /// Path  = "<" [ A-d-l ":" ] Mailbox ">"
    /// A-d-l = At-domain *( "," At-domain )
    /// ```
    /// The source route is checked and dropped (RFC 5321 section 4.1.1.3 and appendix C).
    private mutating func takePath() -> Mailbox? {
        let start = position
        guard take(.lessThan) else { return nil }
        if next == .at {
            repeat {
                guard take(.at), takeDomain() != nil else { return nil }
            } while take(UInt8(ascii: ","))
            guard take(.colon) else { return nil }
        }
        guard let mailbox = takeMailbox(), take(.greaterThan), position - start <= maximumPathOctets else { return nil }
        return mailbox
    }
}

extension StringProtocol {
    /// The whole text as a path, which may lack its angle brackets; nothing is no path.
    func parsedAsPath<Path>(_ take: (inout OctetReader) -> Path?) -> Path? {
        guard !isEmpty, !ControlCharacters.areIn(String(self)) else { return nil }
        return hasPrefix("<") ? parsed(take) : "<\(self)>".parsed(take)
    }
}
