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
        // Nothing becomes longer; of what came before, `pending`, a `=` and a digit may be given only now.
        output.write(atMost: input.count + pending.count + 2) { decode(input, into: &$0) }
    }

    private mutating func decode(_ input: UnsafeRawBufferPointer, into output: inout OctetWriter) {
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
                    output.write(first << 4 | low)
                    place += 1
                } else {
                    output.write(Self.equalsSign)
                    output.write(high)
                }
            }
        }
    }

    mutating func finish(into output: inout ByteBuffer) {
        output.write(atMost: pending.count + 2) { finish(into: &$0) }
    }

    private mutating func finish(into output: inout OctetWriter) {
        switch state {
        case .text: break
        case .equals:
            // A soft line break as the very last: there is no line to join.
            if !pending.isEmpty {
                output.write(Self.equalsSign)
                flushPending(&output)
            }
        case .digit(let high):
            output.write(Self.equalsSign)
            output.write(high)
        }
        state = .text
        pending.removeAll()
    }

    /// Takes octets that stand for themselves, or one that does not; the place behind them.
    private mutating func takeText(
        _ input: UnsafeRawBufferPointer, _ start: Int, _ output: inout OctetWriter
    ) -> Int {
        let end = Self.endOfText(input, from: start)
        if end > start {
            flushPending(&output)
            output.write(UnsafeRawBufferPointer(rebasing: input[start..<end]))
            return end
        }
        let octet = input[start]
        switch octet {
        case Self.equalsSign:
            flushPending(&output)
            if start + 2 < input.count, let high = Octet.hexadecimal(input[start + 1]),
                let low = Octet.hexadecimal(input[start + 2])
            {
                output.write(high << 4 | low)
                return start + 3
            }
            state = .equals
        case Octet.carriageReturn, Octet.lineFeed:
            pending.removeAll(keepingCapacity: true)
            output.write(octet)
        default:
            pending.append(octet)
            if pending.count > Self.longestPadding { flushPending(&output) }
        }
        return start + 1
    }

    /// Whether the octet was taken.
    private mutating func takeBehindEquals(_ octet: UInt8, _ output: inout OctetWriter) -> Bool {
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
        output.write(Self.equalsSign)
        flushPending(&output)
        state = .text
        return false
    }

    private mutating func flushPending(_ output: inout OctetWriter) {
        guard !pending.isEmpty else { return }
        output.write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// The end of octets that stand for themselves: text, and white space with text right behind it.
    private static func endOfText(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start
        while end < input.count {
            if isSpecial(input[end]) {
                guard Octet.isWhiteSpace(input[end]), end + 1 < input.count, !isSpecial(input[end + 1]) else { break }
            }
            end &+= 1
        }
        return end
    }

    @inline(__always)
    private static func isSpecial(_ octet: UInt8) -> Bool {
        octet == equalsSign || octet == Octet.space || octet == Octet.tab || octet == Octet.carriageReturn
            || octet == Octet.lineFeed
    }
}
