import NIOCore

extension Reply {
    /// The longest line of a reply with its CRLF (RFC 5321 section 4.5.3.1.5).
    static let maximumLineOctets = 512

    /// Writes every line with its CRLF. A line of more than 512 octets is cut, between two characters.
    public func write(into buffer: inout ByteBuffer) {
        let number = UInt32(code.rawValue)
        let digits = (number / 100 + 0x30) << 24 | (number / 10 % 10 + 0x30) << 16 | (number % 10 + 0x30) << 8
        for (index, line) in lines.enumerated() {
            let separator = index == lines.count - 1 ? UInt8.space : UInt8.hyphen
            buffer.writeInteger(digits | UInt32(separator))
            if line.utf8.count <= Self.maximumLineOctets - 6 {
                buffer.writeString(line)
            } else {
                buffer.writeSubstring(Self.cut(line, toOctets: Self.maximumLineOctets - 6))
            }
            buffer.writeStaticString("\r\n")
        }
    }

    private static func cut(_ line: String, toOctets limit: Int) -> Substring {
        var end = line.utf8.index(line.utf8.startIndex, offsetBy: limit)
        // Back to the start of a character: continuation octets are 10xxxxxx.
        while end > line.utf8.startIndex, line.utf8[end] & 0xC0 == 0x80 { end = line.utf8.index(before: end) }
        return line[..<end]
    }
}
