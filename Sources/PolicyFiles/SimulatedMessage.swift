import Foundation
import MailMessage
import NIOCore
import SMTPProtocol

/// A message of a simulated transaction, as the client sends it: without stuffed dots.
///
/// A message can be larger than it is: padding counts as lines of text behind its end and is never made.
public struct SimulatedMessage: Sendable {
    public var octets: ByteBuffer
    public var paddingOctets = 0
    /// The longest line of the padding in octets.
    private static let paddingLine = 76
    /// The octets of a field of the padding.
    private static let paddingField = 900

    public init(octets: ByteBuffer) {
        self.octets = octets
    }

    /// A message written as text: each LF that no CR precedes becomes CRLF.
    public init(text: String) {
        var octets = ByteBuffer()
        var previous: UInt8 = 0
        for octet in text.utf8 {
            if octet == UInt8(ascii: "\n"), previous != UInt8(ascii: "\r") { octets.writeInteger(UInt8(ascii: "\r")) }
            octets.writeInteger(octet)
            previous = octet
        }
        self.init(octets: octets)
    }

    /// The message with fields `X-Padding` on top that make its header section a number of octets long; nil when it is
    /// longer already, or too little shorter to hold another field.
    func padded(headerOctets: Int) -> SimulatedMessage? {
        let name = "X-Padding: "
        let shortest = name.utf8.count + 2
        var missing = headerOctets - parts().header.octets
        guard missing == 0 || missing >= shortest else { return nil }
        var padded = ByteBuffer()
        while missing > 0 {
            // What is left must be nothing or enough for a field.
            let line = missing < Self.paddingField + shortest ? missing : Self.paddingField
            padded.writeString(name)
            padded.writeRepeatingByte(UInt8(ascii: "x"), count: line - shortest)
            padded.writeString("\r\n")
            missing -= line
        }
        padded.writeImmutableBuffer(octets)
        var message = self
        message.octets = padded
        return message
    }

    /// The header section, and the rest from the empty line on.
    func parts() -> (header: HeaderSection, rest: ByteBuffer) {
        var framer = HeaderSectionFramer(limit: .max)
        _ = framer.receive(octets)
        _ = framer.endOfContent()
        let (header, rest) = framer.take()
        return (header, rest)
    }

    /// The parts of a message whose header section and content these are.
    static func structure(_ header: HeaderSection, _ content: ByteBuffer) -> MIMEStructure {
        var scanner = MIMEScanner(header: header, interests: [.sizes, .text, .encodings])
        scanner.receive(content)
        return scanner.end()
    }

    /// What the relay counts of the message, its padding included.
    func statistics() -> ContentStatistics {
        var statistics = ContentStatistics()
        var line = 0
        var previous: UInt8 = 0
        for octet in octets.readableBytesView {
            let endsLine = octet == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r")
            if octet >= 0x80 { statistics.hasEightBit = true }
            if octet == 0 { statistics.hasNUL = true }
            if octet == UInt8(ascii: "\n"), !endsLine { statistics.hasBareLineEnd = true }
            if previous == UInt8(ascii: "\r"), !endsLine { statistics.hasBareLineEnd = true }
            line = endsLine ? 0 : line + 1
            // A CR is no part of its line if a LF follows.
            let length = octet == UInt8(ascii: "\r") ? line - 1 : line
            statistics.longestLine = max(statistics.longestLine, length)
            previous = octet
        }
        if previous == UInt8(ascii: "\r") { statistics.hasBareLineEnd = true }
        if paddingOctets > 0 {
            statistics.longestLine = max(statistics.longestLine, min(paddingOctets, Self.paddingLine))
        }
        statistics.octets = octets.readableBytes + paddingOctets
        return statistics
    }
}

extension SimulatedMessage {
    /// A message written in base64, white space ignored; nil when the text is not base64.
    public init?(base64 text: String) {
        let digits = text.filter { !$0.isWhitespace }
        guard let data = Data(base64Encoded: digits) else { return nil }
        self.init(octets: ByteBuffer(bytes: data))
    }
}
