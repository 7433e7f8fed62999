import NIOCore

/// Makes the octets of a message fit for a terminal.
enum PrintedMessage {
    /// The message as lines that end in LF; control characters and what is not UTF-8 are shown as `\u{…}`.
    static func text(_ content: ByteBuffer) -> String {
        lines(content).joined(separator: "\n") + "\n"
    }

    /// The lines of a message without their ends; a bare CR or LF is shown in its line.
    static func lines(_ content: ByteBuffer) -> [String] {
        var lines: [String] = []
        var line: [UInt8] = []
        var previous: UInt8 = 0
        for octet in content.readableBytesView {
            if octet == UInt8(ascii: "\n"), previous == UInt8(ascii: "\r") {
                line.removeLast()
                lines.append(clean(line))
                line.removeAll(keepingCapacity: true)
            } else {
                line.append(octet)
            }
            previous = octet
        }
        if !line.isEmpty { lines.append(clean(line)) }
        return lines
    }

    /// The lines of the header section.
    static func headerLines(_ content: ByteBuffer) -> [String] {
        let header = content.readableBytes - body(content).readableBytes
        let slice = content.getSlice(at: content.readerIndex, length: header) ?? content
        return Array(lines(slice).prefix { !$0.isEmpty })
    }

    /// The octets behind the empty line that ends the header section.
    static func body(_ content: ByteBuffer) -> ByteBuffer {
        var rest = content
        var lineLength = 0
        while let octet = rest.readInteger(as: UInt8.self) {
            if octet == UInt8(ascii: "\n") {
                if lineLength == 0 { return rest }
                lineLength = 0
            } else if octet != UInt8(ascii: "\r") {
                lineLength += 1
            }
        }
        return rest
    }

    private static func clean(_ line: [UInt8]) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(line.count)
        LogEscape.text(String(decoding: line, as: UTF8.self), quotes: false, keepsTabs: true, into: &octets)
        return String(decoding: octets, as: UTF8.self)
    }
}
