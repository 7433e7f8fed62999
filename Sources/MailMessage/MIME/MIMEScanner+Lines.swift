/// A line end that may yet belong to a delimiter.
enum LineEnd {
    case none
    case carriageReturn
    case lineFeed
    case both

    var octets: StaticString {
        switch self {
        case .none: ""
        case .carriageReturn: "\r"
        case .lineFeed: "\n"
        case .both: "\r\n"
        }
    }

    /// The line end at the end of a text.
    init(endOf text: UnsafeRawBufferPointer) {
        switch (text.dropLast().last, text.last) {
        case (Octet.carriageReturn?, Octet.lineFeed?): self = .both
        case (_, Octet.lineFeed?): self = .lineFeed
        case (_, Octet.carriageReturn?): self = .carriageReturn
        default: self = .none
        }
    }
}

extension MIMEScanner {
    private static let dash = UInt8(ascii: "-")

    // MARK: Bodies

    /// Takes what is no delimiter, or a line that may be one; the place behind it.
    mutating func takeBody(_ octets: UnsafeRawBufferPointer, _ place: Int) -> Int {
        if isLineStart, !isCollecting, octets[place] == Self.dash {
            isCollecting = true
            lineOffset = offset + place
        }
        guard isCollecting else {
            let end = placeOfDashes(octets, from: place)
            give(UnsafeRawBufferPointer(rebasing: octets[place..<end]))
            isLineStart = octets[end - 1] == Octet.lineFeed
            return end
        }
        let limit = min(octets.count, place + Self.longestDelimiter - line.count)
        let rest = UnsafeRawBufferPointer(rebasing: octets[place..<limit])
        if let lineFeed = rest.firstIndex(of: Octet.lineFeed, from: 0) {
            line.append(contentsOf: rest[...lineFeed])
            finishCandidate(endsLine: true, lineEnd: offset + place + lineFeed + 1)
            return place + lineFeed + 1
        }
        line.append(contentsOf: rest)
        if line.count == Self.longestDelimiter { finishCandidate(endsLine: false, lineEnd: offset + limit) }
        return limit
    }

    /// The next place where a line begins with `--`, or with `-` as the last octet; the end when there is none.
    private func placeOfDashes(_ octets: UnsafeRawBufferPointer, from start: Int) -> Int {
        var search = start
        while let dash = octets.firstIndex(of: Self.dash, from: search) {
            if dash > start, octets[dash - 1] == Octet.lineFeed,
                dash + 1 == octets.count || octets[dash + 1] == Self.dash
            {
                return dash
            }
            // Another one in this line does not matter.
            guard let lineFeed = octets.firstIndex(of: Octet.lineFeed, from: dash) else { break }
            search = lineFeed + 1
        }
        return octets.count
    }

    /// The collected line is whole, or too long for a delimiter.
    mutating func finishCandidate(endsLine: Bool, lineEnd: Int) {
        isCollecting = false
        let candidate = line
        line.removeAll(keepingCapacity: true)
        if endsLine, let delimiter = delimiter(in: candidate) {
            take(delimiter, lineStart: lineOffset, lineEnd: lineEnd)
            return
        }
        noteDoubts(about: candidate)
        candidate.withUnsafeBytes { give($0) }
        isLineStart = endsLine
    }

    /// Gives octets to the body, all but a line end behind them.
    private mutating func give(_ octets: UnsafeRawBufferPointer) {
        guard !octets.isEmpty else { return }
        if withheld == .carriageReturn, octets.count == 1, octets[0] == Octet.lineFeed {
            withheld = .both
            return
        }
        flushWithheld()
        withheld = LineEnd(endOf: octets)
        measure(UnsafeRawBufferPointer(rebasing: octets.dropLast(withheld.octets.utf8CodeUnitCount)))
    }

    mutating func flushWithheld() {
        let text = withheld.octets
        withheld = .none
        text.withUTF8Buffer { measure(UnsafeRawBufferPointer($0)) }
    }

    private mutating func measure(_ octets: UnsafeRawBufferPointer) {
        guard !octets.isEmpty else { return }
        if mode == .leaf {
            meter?.receive(octets)
        } else if interests.contains(.encodings), !gapHasEightBit {
            gapHasEightBit = octets.hasEightBit
        }
    }

    // MARK: Header sections

    /// Takes up to a line's end; the place behind it.
    mutating func takeHeader(_ octets: UnsafeRawBufferPointer, _ place: Int) -> Int {
        if isLineStart {
            lineOffset = offset + place
            isLineStart = false
        }
        let lineFeed = octets.firstIndex(of: Octet.lineFeed, from: place)
        let end = lineFeed.map { $0 + 1 } ?? octets.count
        let room = bounds.header - line.count
        line.append(contentsOf: octets[place..<min(end, place + room)])
        if end - place > room { isLineCut = true }
        if lineFeed != nil { finishHeaderLine(endingAt: offset + end, isLast: false) }
        return end
    }

    /// A line of a header section is whole.
    mutating func finishHeaderLine(endingAt lineEnd: Int, isLast: Bool) {
        isLineStart = true
        defer {
            line.removeAll(keepingCapacity: true)
            isLineCut = false
        }
        if !isLast, line == [Octet.lineFeed] || line == [Octet.carriageReturn, Octet.lineFeed] {
            endHeader(headerEnd: lineOffset, bodyStart: lineEnd)
            return
        }
        if !isLineCut, line.count <= Self.longestDelimiter, line.starts(with: "--".utf8) {
            let candidate = line
            if let delimiter = delimiter(in: candidate) {
                endHeader(headerEnd: lineOffset, bodyStart: lineOffset)
                while mode == .header { endHeader(headerEnd: lineOffset, bodyStart: lineOffset) }
                take(delimiter, lineStart: lineOffset, lineEnd: lineEnd)
                return
            }
        }
        if isLineCut || header.count + line.count > bounds.header {
            isHeaderCut = true
        } else if !isBeyondBound {
            header.append(contentsOf: line)
        }
    }
}
