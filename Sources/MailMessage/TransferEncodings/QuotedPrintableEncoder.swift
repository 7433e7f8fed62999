import NIOCore

/// Encodes text as quoted-printable [2045 6.7], as a stream.
///
/// CRLF stays a line's end; a CR or LF alone is encoded, as is white space at the end of a line. No line has more than
/// 76 octets.
struct QuotedPrintableEncoder: Sendable {
    private var column = 0
    /// A space or tab whose line may end behind it.
    private var space: UInt8?
    private var hasCarriageReturn = false
    /// Octets given so far, line ends included.
    private(set) var encodedOctets = 0

    /// A soft line break's `=` is the 76th.
    private static let longestLine = 75

    mutating func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        let before = output.writerIndex
        var place = 0
        while place < input.count {
            let run = plainRun(input, from: place)
            if run > 0 {
                output.writeBytes(UnsafeRawBufferPointer(rebasing: input[place..<(place + run)]))
                column += run
                place += run
            } else {
                take(input[place], &output)
                place += 1
            }
        }
        encodedOctets += output.writerIndex - before
    }

    mutating func finish(into output: inout ByteBuffer) {
        let before = output.writerIndex
        endSpace(&output, endsLine: !hasCarriageReturn)
        if hasCarriageReturn { writeEncoded(Octet.carriageReturn, &output) }
        encodedOctets += output.writerIndex - before
        column = 0
        hasCarriageReturn = false
    }

    /// How many octets from a place on stand for themselves and fit on the line.
    private func plainRun(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard space == nil, !hasCarriageReturn else { return 0 }
        let end = min(input.count, start + Self.longestLine - column)
        var place = start
        while place < end, Self.isPlain(input[place]) { place &+= 1 }
        return place - start
    }

    @inline(__always)
    private static func isPlain(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet < Octet.delete && octet != UInt8(ascii: "=")
    }

    private mutating func take(_ octet: UInt8, _ output: inout ByteBuffer) {
        if hasCarriageReturn {
            hasCarriageReturn = false
            if octet == Octet.lineFeed {
                endSpace(&output, endsLine: true)
                output.writeStaticString("\r\n")
                column = 0
                return
            }
            endSpace(&output, endsLine: false)
            writeEncoded(Octet.carriageReturn, &output)
        }
        if octet == Octet.carriageReturn {
            hasCarriageReturn = true
            return
        }
        endSpace(&output, endsLine: false)
        if Octet.isWhiteSpace(octet) {
            space = octet
        } else if Self.isPlain(octet) {
            makeRoom(1, &output)
            output.writeInteger(octet)
        } else {
            writeEncoded(octet, &output)
        }
    }

    private mutating func endSpace(_ output: inout ByteBuffer, endsLine: Bool) {
        guard let octet = space else { return }
        space = nil
        if endsLine {
            writeEncoded(octet, &output)
        } else {
            makeRoom(1, &output)
            output.writeInteger(octet)
        }
    }

    private mutating func writeEncoded(_ octet: UInt8, _ output: inout ByteBuffer) {
        makeRoom(3, &output)
        let (high, low) = Octet.hexadecimalDigits(octet)
        output.writeBytes([UInt8(ascii: "="), high, low])
    }

    private mutating func makeRoom(_ octets: Int, _ output: inout ByteBuffer) {
        if column + octets > Self.longestLine {
            output.writeStaticString("=\r\n")
            column = 0
        }
        column += octets
    }
}
