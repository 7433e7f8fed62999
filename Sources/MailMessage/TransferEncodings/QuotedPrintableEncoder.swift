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

    /// Octets that are encoded at a time, so that the room for them is small.
    private static let piece = 4096

    mutating func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var rest = input
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.piece))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.piece))
            // Three for each, a soft line break for every 24 of them, and what was put off.
            output.write(atMost: piece.count * 4 + 32) { writer in
                encode(piece, into: &writer)
                encodedOctets += writer.count
            }
        }
    }

    private mutating func encode(_ input: UnsafeRawBufferPointer, into output: inout OctetWriter) {
        var place = 0
        while place < input.count {
            let run = plainRun(input, from: place)
            if run > 0 {
                output.write(UnsafeRawBufferPointer(rebasing: input[place..<(place + run)]))
                column += run
                place += run
            } else {
                take(input[place], &output)
                place += 1
            }
        }
    }

    mutating func finish(into output: inout ByteBuffer) {
        output.write(atMost: 32) { writer in
            endSpace(&writer, endsLine: !hasCarriageReturn)
            if hasCarriageReturn { writeEncoded(Octet.carriageReturn, &writer) }
            encodedOctets += writer.count
        }
        column = 0
        hasCarriageReturn = false
    }

    /// How many octets from a place on stand for themselves and fit on the line.
    private func plainRun(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard space == nil, !hasCarriageReturn else { return 0 }
        let end = min(input.count, start + Self.longestLine - column)
        var place = start
        while place < end {
            if !Self.isPlain(input[place]) {
                // White space with text right behind it ends no line.
                guard Octet.isWhiteSpace(input[place]), place + 1 < input.count, Self.isPlain(input[place + 1]) else {
                    break
                }
            }
            place &+= 1
        }
        return place - start
    }

    @inline(__always)
    private static func isPlain(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet < Octet.delete && octet != UInt8(ascii: "=")
    }

    private mutating func take(_ octet: UInt8, _ output: inout OctetWriter) {
        if hasCarriageReturn {
            hasCarriageReturn = false
            if octet == Octet.lineFeed {
                endSpace(&output, endsLine: true)
                writeLineEnd(&output)
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
            output.write(octet)
        } else {
            writeEncoded(octet, &output)
        }
    }

    private mutating func endSpace(_ output: inout OctetWriter, endsLine: Bool) {
        guard let octet = space else { return }
        space = nil
        if endsLine {
            writeEncoded(octet, &output)
        } else {
            makeRoom(1, &output)
            output.write(octet)
        }
    }

    private mutating func writeEncoded(_ octet: UInt8, _ output: inout OctetWriter) {
        makeRoom(3, &output)
        let (high, low) = Octet.hexadecimalDigits(octet)
        output.write(UInt8(ascii: "="))
        output.write(high)
        output.write(low)
    }

    private mutating func makeRoom(_ octets: Int, _ output: inout OctetWriter) {
        if column + octets > Self.longestLine {
            output.write(UInt8(ascii: "="))
            writeLineEnd(&output)
            column = 0
        }
        column += octets
    }

    private func writeLineEnd(_ output: inout OctetWriter) {
        output.write(Octet.carriageReturn)
        output.write(Octet.lineFeed)
    }
}
