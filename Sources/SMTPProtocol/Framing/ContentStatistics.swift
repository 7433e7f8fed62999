/// What is known of a message's content as far as it was read.
///
/// Octets are those of the message: without stuffed dots, with every CRLF, without the final dot's line.
public struct ContentStatistics: Hashable, Sendable {
    public var octets = 0
    /// An octet of 128 or more.
    public var hasEightBit = false
    public var hasNUL = false
    /// A CR without LF or a LF without CR.
    public var hasBareLineEnd = false
    /// Octets of the longest line without its CRLF; 0 unless it was measured.
    public var longestLine = 0

    public init() {}
}
