/// Comparison of texts without regard to the case of ASCII letters, as SMTP compares domains and verbs.
enum Caseless {
    /// Calls a body with the octets of a text, ASCII letters in lower case, without allocating for short texts.
    static func withLowercased<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withOctets(text) { octets in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: octets.count) { lowercased in
                for i in octets.indices { lowercased[i] = lowercase(octets[i]) }
                return body(UnsafeBufferPointer(lowercased))
            }
        }
    }

    /// Calls a body with the octets of a text as they are.
    static func withOctets<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var text = text
        return text.withUTF8(body)
    }

    @inline(__always)
    static func lowercase(_ octet: UInt8) -> UInt8 {
        octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
    }

    /// Whether two texts are equal without case.
    static func equal(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }
}
