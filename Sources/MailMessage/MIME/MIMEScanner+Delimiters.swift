extension MIMEScanner {
    /// A line that separates the parts of a multipart, or ends it.
    struct Delimiter {
        let container: Int
        let isClosing: Bool
    }

    /// The delimiter that a line is, of the outermost multipart that it may belong to.
    func delimiter(in line: [UInt8]) -> Delimiter? {
        let text = Self.delimiterText(line)
        guard let text else { return nil }
        for index in containers.indices where !containers[index].isClosed {
            if let isClosing = containers[index].matches(text) {
                return Delimiter(container: index, isClosing: isClosing)
            }
        }
        return nil
    }

    /// What stands behind `--` without `transport-padding` and line end.
    private static func delimiterText(_ line: [UInt8]) -> ArraySlice<UInt8>? {
        guard line.starts(with: "--".utf8) else { return nil }
        var text = line.dropFirst(2)
        if text.last == Octet.lineFeed { text.removeLast() }
        if text.last == Octet.carriageReturn { text.removeLast() }
        while let last = text.last, Octet.isWhiteSpace(last) { text.removeLast() }
        return text
    }

    /// Notes what some reader may take a line for that is text to us.
    mutating func noteDoubts(about line: [UInt8]) {
        guard let text = Self.delimiterText(line) else { return }
        if text.starts(with: "---BEGIN PGP ".utf8) { structure.holdsInlinePGP = true }
        for container in containers where !container.boundary.isEmpty && text.starts(with: container.boundary) {
            structure.anomalies.insert(container.isClosed ? .boundaryRepeated : .boundaryDoubtful)
        }
    }

    /// A delimiter came: what it ends, and what begins behind it.
    mutating func take(_ delimiter: Delimiter, lineStart: Int, lineEnd: Int) {
        let end = lineStart - withheld.octets.utf8CodeUnitCount
        withheld = .none
        finishBody(at: end)
        closeContainers(downTo: delimiter.container + 1, at: end)
        isLineStart = true
        if delimiter.isClosing {
            containers[delimiter.container].isClosed = true
            beginGap(at: lineEnd)
        } else {
            containers[delimiter.container].hasParts = true
            beginHeader(at: lineEnd)
        }
    }

    /// Ends the multiparts and messages from an index on.
    mutating func closeContainers(downTo index: Int, at end: Int) {
        while containers.count > index, let container = containers.popLast() {
            let start = structure.parts[container.part].body.lowerBound
            structure.parts[container.part].body = start..<max(start, end)
            if !container.boundary.isEmpty, !container.isClosed { structure.anomalies.insert(.multipartOpen) }
        }
    }
}

extension MIMEScanner.Container {
    /// Whether a text is the boundary, false, or the boundary with its closing dashes, true; nil when it is neither.
    fileprivate func matches(_ text: ArraySlice<UInt8>) -> Bool? {
        guard !boundary.isEmpty, text.starts(with: boundary) else { return nil }
        let rest = text.dropFirst(boundary.count)
        if rest.isEmpty { return false }
        return rest.elementsEqual("--".utf8) ? true : nil
    }
}
