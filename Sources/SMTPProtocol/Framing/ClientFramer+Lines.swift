import NIOCore

/// Where the framer stands among command lines.
struct LineState: Sendable {
    /// A line that is being discarded up to its CRLF.
    enum Discarded {
        case overlong
        case bareLineFeed
    }

    var discarding: Discarded?
    /// While discarding: whether the last octet seen was CR.
    var endsInCarriageReturn = false
    /// Octets at the start of the buffer that are known to hold no LF.
    var scanned = 0
}

extension ClientFramer {
    mutating func nextLine(limit: Int) -> Frame? {
        if !pieces.isEmpty { joinPieces() }
        while true {
            if let discarded = lines.discarding {
                guard discardLine() else { return nil }
                if discarded == .overlong { return .overlongLine }
                continue
            }
            guard let buffer else { return nil }
            let known = lines.scanned
            let (found, isComplete) = buffer.withUnsafeReadableBytes { bytes in
                let found = OctetSearch.lineFeed(in: bytes, from: known)
                return (found, found.map { $0 > 0 && bytes[$0 - 1] == .carriageReturn } ?? false)
            }
            guard let end = found, end < limit else {
                // So many octets without a LF cannot become a line within the limit.
                guard found != nil || buffer.readableBytes >= limit else {
                    lines.scanned = buffer.readableBytes
                    self.buffer?.releaseLargeStorage()
                    return nil
                }
                lines = LineState(discarding: .overlong)
                continue
            }
            guard isComplete else {
                drop(end + 1)
                lines.discarding = .bareLineFeed
                return .bareLineFeed
            }
            var line = consume(end + 1)
            line.moveWriterIndex(to: line.writerIndex - 2)
            return .line(line)
        }
    }

    /// Drops octets through the next CRLF and says whether it was found.
    private mutating func discardLine() -> Bool {
        guard let buffer else { return false }
        let precededByCarriageReturn = lines.endsInCarriageReturn
        let (end, endsInCarriageReturn) = buffer.withUnsafeReadableBytes { bytes -> (Int?, Bool) in
            var start = 0
            while let found = OctetSearch.lineFeed(in: bytes, from: start) {
                if found > 0 ? bytes[found - 1] == .carriageReturn : precededByCarriageReturn { return (found, false) }
                start = found + 1
            }
            return (nil, bytes.last == .carriageReturn)
        }
        guard let end else {
            drop(buffer.readableBytes)
            lines.endsInCarriageReturn = endsInCarriageReturn
            return false
        }
        drop(end + 1)
        lines = LineState()
        return true
    }
}
