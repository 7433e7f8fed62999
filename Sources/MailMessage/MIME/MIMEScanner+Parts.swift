import NIOCore

extension MIMEScanner {
    /// No more parts are kept.
    var isBeyondBound: Bool { structure.parts.count >= bounds.parts }

    mutating func beginHeader(at start: Int) {
        mode = .header
        header.removeAll(keepingCapacity: true)
        headerStart = start
        lineOffset = start
        isHeaderCut = false
        isLineStart = true
    }

    mutating func beginGap(at start: Int) {
        mode = .gap
        bodyStart = start
        gapHasEightBit = false
        isLineStart = true
    }

    /// The header section of a part is whole.
    mutating func endHeader(headerEnd: Int, bodyStart: Int) {
        guard !isBeyondBound else {
            structure.anomalies.insert(.tooManyParts)
            beginLeaf(nil, at: bodyStart)
            return
        }
        let section = HeaderSection(parsing: ByteBuffer(bytes: header))
        open(section, header: headerStart..<max(headerStart, headerEnd), bodyStart: bodyStart)
    }

    /// A part begins: notes what its header section says, and goes on with its body.
    mutating func open(_ section: HeaderSection, header: Range<Int>, bodyStart: Int) {
        let parent = containers.last?.part
        let isInDigest = parent.map { structure.parts[$0].type == MediaType("multipart", "digest") } ?? false
        let fields = ContentFields(section, defaultType: isInDigest ? .message : .plainText)
        let depth = containers.count
        let isNested = isContainer(fields, depth: depth)
        note(fields, isNested: isNested, depth: depth)

        let index = structure.parts.count
        structure.parts.append(
            MIMEPart(
                parent: parent,
                depth: depth,
                type: fields.type,
                charset: fields.charset,
                encoding: fields.encoding,
                encodingName: fields.encodingName,
                disposition: fields.disposition,
                names: fields.names,
                header: header,
                body: bodyStart..<bodyStart,
                isContainer: isNested,
                isSealed: fields.type.isSealed || (parent.map { structure.parts[$0].isSealed } ?? false),
                headerHasEightBit: section.hasEightBit,
                isHeaderCut: isHeaderCut
            )
        )
        guard isNested else {
            beginLeaf(index, at: bodyStart)
            return
        }
        if fields.type.isMultipart {
            containers.append(Container(part: index, boundary: fields.boundary ?? []))
            beginGap(at: bodyStart)
        } else {
            containers.append(Container(part: index, boundary: []))
            beginHeader(at: bodyStart)
        }
    }

    /// Whether parts are looked for in the body: it stands as it is, is separated, and does not lie too deep.
    private func isContainer(_ fields: ContentFields, depth: Int) -> Bool {
        guard depth < bounds.depth else { return false }
        if fields.type.isMultipart { return fields.boundary != nil }
        return fields.type.holdsMessage && fields.encoding.isIdentity
    }

    private mutating func note(_ fields: ContentFields, isNested: Bool, depth: Int) {
        if fields.isRepeated { structure.anomalies.insert(.fieldRepeated) }
        if fields.isTypeAssumed { structure.anomalies.insert(.typeInvalid) }
        if isHeaderCut { structure.anomalies.insert(.headerTooLarge) }
        if fields.type.isMultipart, fields.boundary == nil { structure.anomalies.insert(.boundaryMissing) }
        if depth >= bounds.depth, fields.type.isMultipart || fields.type.holdsMessage {
            structure.anomalies.insert(.tooDeep)
        }
        guard isNested, let boundary = fields.boundary, fields.type.isMultipart else { return }
        if containers.contains(where: { $0.boundary == boundary }) { structure.anomalies.insert(.boundaryRepeated) }
        if boundary.contains(where: { $0 >= 0x80 }) { structure.hasEightBitBoundary = true }
    }

    private mutating func beginLeaf(_ index: Int?, at start: Int) {
        mode = .leaf
        leaf = index
        bodyStart = start
        isLineStart = true
        meter = index.flatMap {
            LeafMeter(structure.parts[$0], interests, text: bounds.text - structure.text.utf8.count)
        }
    }

    /// The body of a leaf, or a gap, ends.
    mutating func finishBody(at end: Int) {
        let range = bodyStart..<max(bodyStart, end)
        switch mode {
        case .emptyLine, .header:
            break
        case .gap:
            if gapHasEightBit, let container = containers.last, structure.eightBitGaps.count < bounds.parts * 2 {
                structure.eightBitGaps.append(.init(part: container.part, range: range))
            }
        case .leaf:
            guard let leaf else { return }
            structure.parts[leaf].body = range
            guard var meter = meter.take() else {
                structure.parts[leaf].decodedOctets = range.count
                return
            }
            meter.finish(&structure.parts[leaf])
            let text = meter.text(within: bounds.text - structure.text.utf8.count)
            guard !text.isEmpty else { return }
            if !structure.text.isEmpty { structure.text += "\n" }
            structure.text += text
        }
    }
}

extension HeaderSection {
    /// Whether any field has an octet beyond ASCII.
    public var hasEightBit: Bool {
        let hasEdit = spans.contains { $0.isAdded }
        if !hasEdit { return original.withUnsafeReadableBytes(\.hasEightBit) }
        return spans.contains { span in
            withOctets(of: span) { UnsafeRawBufferPointer(rebasing: $0[span.range]).hasEightBit }
        }
    }
}
