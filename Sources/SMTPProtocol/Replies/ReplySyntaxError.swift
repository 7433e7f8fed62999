/// What a server sent is not a reply: the connection is of no further use.
public enum ReplySyntaxError: Error, Hashable, Sendable {
    /// A line that does not begin with three digits and a space or hyphen.
    case invalidCode
    /// The lines of one reply have different codes.
    case inconsistentCodes
    /// LF without CR, or CR without LF.
    case bareLineEnd
    case nul
    case tooManyLines
    case tooLong
}
