import NIOCore

/// Decodes quoted-printable [2045 6.7] as a stream: the pieces may end anywhere.
///
/// White space at the end of a line is dropped (rule 3), and so is a soft line break with the white space between its
/// `=` and the line's end. A `=` that begins neither stands for itself, as does any octet that should have been
/// encoded.
struct QuotedPrintableDecoder: Sendable {
    private enum State {
        case text
        /// Behind `=`, the white space and the CR that followed it.
        case equals
        /// Behind `=` and a hexadecimal digit.
        case digit(UInt8)
    }

    private var state = State.text
    /// White space, or what followed a `=`, that may yet belong to a line's end.
    private var pending: [UInt8] = []

    /// Longest white space that is taken for a line's padding.
    private static let longestPadding = 1000
    private static let equalsSign = UInt8(ascii: "=")

    mutating func decode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var place = 0
        while place < input.count {
            let octet = input[place]
            switch state {
            case .text:
                place = takeText(input, place, &output)
            case .equals:
                if takeBehindEquals(octet, &output) { place += 1 }
            case .digit(let high):
                state = .text
                if let low = Octet.hexadecimal(octet), let first = Octet.hexadecimal(high) {
                    output.writeInteger(first << 4 | low)
                    place += 1
                } else {
                    output.writeBytes([Self.equalsSign, high])
                }
            }
        }
    }

    mutating func finish(into output: inout ByteBuffer) {
        switch state {
        case .text: break
        case .equals:
            // A soft line break as the very last: there is no line to join.
            if !pending.isEmpty {
                output.writeInteger(Self.equalsSign)
                flushPending(&output)
            }
        case .digit(let high): output.writeBytes([Self.equalsSign, high])
        }
        state = .text
        pending.removeAll()
    }

    /// Takes octets that stand for themselves, or one that does not; the place behind them.
    private mutating func takeText(
        _ input: UnsafeRawBufferPointer, _ start: Int, _ output: inout ByteBuffer
    ) -> Int {
        var end = start
        while end < input.count, !Self.isSpecial(input[end]) { end &+= 1 }
        if end > start {
            flushPending(&output)
            output.writeBytes(UnsafeRawBufferPointer(rebasing: input[start..<end]))
            return end
        }
        let octet = input[start]
        switch octet {
        case Self.equalsSign:
            flushPending(&output)
            state = .equals
        case Octet.carriageReturn, Octet.lineFeed:
            pending.removeAll(keepingCapacity: true)
            output.writeInteger(octet)
        default:
            pending.append(octet)
            if pending.count > Self.longestPadding { flushPending(&output) }
        }
        return start + 1
    }

    /// Whether the octet was taken.
    private mutating func takeBehindEquals(_ octet: UInt8, _ output: inout ByteBuffer) -> Bool {
        if octet == Octet.lineFeed {
            pending.removeAll(keepingCapacity: true)
            state = .text
            return true
        }
        if pending.isEmpty, Octet.hexadecimal(octet) != nil {
            state = .digit(octet)
            return true
        }
        let mayEndLine = Octet.isWhiteSpace(octet) || octet == Octet.carriageReturn
        if mayEndLine, pending.last != Octet.carriageReturn, pending.count < Self.longestPadding {
            pending.append(octet)
            return true
        }
        output.writeInteger(Self.equalsSign)
        flushPending(&output)
        state = .text
        return false
    }

    private mutating func flushPending(_ output: inout ByteBuffer) {
        guard !pending.isEmpty else { return }
        output.writeBytes(pending)
        pending.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private static func isSpecial(_ octet: UInt8) -> Bool {
        octet == equalsSign || octet == Octet.space || octet == Octet.tab || octet == Octet.carriageReturn
            || octet == Octet.lineFeed
    }
}
