import NIOCore

extension Reply {
    /// The longest line of a reply with its CRLF (RFC 5321 section 4.5.3.1.5).
    static let maximumLineOctets = 512

    /// Writes every line with its CRLF. A line of more than 512 octets is cut, between two characters.
    public func write(into buffer: inout ByteBuffer) {
        var room = 0
        for line in lines { room += min(line.utf8.count, Self.maximumTextOctets) + 6 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { octets in
            var writer = OctetWriter(octets)
            for place in lines.indices { write(lines[place], isLast: place == lines.count - 1, by: &writer) }
            return writer.count
        }
    }

    private static let maximumTextOctets = maximumLineOctets - 6

    private func write(_ line: String, isLast: Bool, by writer: inout OctetWriter) {
        let number = code.rawValue
        writer.put(UInt8(truncatingIfNeeded: number / 100 + 0x30))
        writer.put(UInt8(truncatingIfNeeded: number / 10 % 10 + 0x30))
        writer.put(UInt8(truncatingIfNeeded: number % 10 + 0x30))
        writer.put(isLast ? .space : .hyphen)
        if line.utf8.count <= Self.maximumTextOctets {
            writer.put(text: line)
        } else {
            writer.put(text: String(Self.cut(line, toOctets: Self.maximumTextOctets)))
        }
        writer.put(.carriageReturn)
        writer.put(.lineFeed)
    }

    private static func cut(_ line: String, toOctets limit: Int) -> Substring {
        var end = line.utf8.index(line.utf8.startIndex, offsetBy: limit)
        // Back to the start of a character: continuation octets are 10xxxxxx.
        while end > line.utf8.startIndex, line.utf8[end] & 0xC0 == 0x80 { end = line.utf8.index(before: end) }
        return line[..<end]
    }
}
