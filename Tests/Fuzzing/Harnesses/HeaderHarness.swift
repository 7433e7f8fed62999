import MailMessage
import NIOCore

/// A message is read, changed and written.
///
/// What is not changed is written as it came; a field that is changed stays one, within the limits of lines; places of
/// parts lie within the content; the outcome is the same however the content is cut; what was made seven bits is.
///
/// Input: an octet that says what to change, one that says where, two of cuts, then the message.
enum HeaderHarness {
    static func run(_ octets: [UInt8]) -> [String] {
        var input = InputReader(octets)
        let (change, place, cuts) = (input.octet(), Int(input.octet()), (input.octet(), input.octet()))
        let message = Array(input.rest)
        let (section, content) = cut([ByteBuffer(bytes: message)])
        let (again, rest) = cut(message.pieces(cutBy: cuts.0, cuts.1))
        var complaints: [String] = []
        if section.written + content != message { complaints.append("written as \(shown(section.written + content))") }
        if again.written != section.written || rest != content { complaints.append("cut at \(cuts), another section") }
        complaints += readings(of: section)
        complaints += edits(of: section, change, place, value: String(decoding: content.prefix(80), as: UTF8.self))
        complaints += rewriting(section, content, change, cuts)
        return complaints.map { "\(shown(message)): \($0)" }
    }

    private static func cut(_ pieces: [ByteBuffer]) -> (HeaderSection, content: [UInt8]) {
        var framer = HeaderSectionFramer(limit: .max)
        var progress = HeaderSectionFramer.Progress.incomplete
        var behind: [UInt8] = []
        for piece in pieces {
            if progress == .complete { behind += piece.octets } else { progress = framer.receive(piece) }
        }
        if progress == .incomplete { _ = framer.endOfContent() }
        let (section, rest) = framer.take()
        return (section, rest.octets + behind)
    }

    private static func readings(of section: HeaderSection) -> [String] {
        var complaints: [String] = []
        if section.fields.flatMap({ $0.octets.octets }) != section.written { complaints.append("fields lose octets") }
        if section.octets != section.written.count { complaints.append("its size is not \(section.octets)") }
        for index in 0..<section.count {
            let value = section.decodedValue(at: index)
            if value.utf8.count > 8 * section.octets + 64 { complaints.append("a value of \(value.utf8.count) octets") }
            _ = section.rawValue(at: index)
            _ = section.fieldText(at: index)
            for entry in section.addresses(at: index).entries { _ = entry.mailbox }
            if !section.isMalformed(at: index), !section.indices(of: section.name(at: index)).contains(index) {
                complaints.append("the field \(index) is not found by its name")
            }
        }
        return complaints
    }

    // MARK: Edits

    /// One field is added, set, replaced, given a prefix, or removed; all others keep their octets.
    private static func edits(of section: HeaderSection, _ change: UInt8, _ place: Int, value: String) -> [String] {
        var edited = section
        let index = place % max(section.count, 1)
        let isField = section.count > 0 && !section.isMalformed(at: index)
        let name = isField ? section.name(at: index) : "Subject"
        switch change % 6 {
        case 0: edited.addAtTop(name: "X-Fuzz", value: value)
        case 1: edited.set(name: name, value: value)
        case 2: edited.replaceValue(at: index, with: value)
        case 3: edited.prefixValue(at: index, with: value)
        case 4: edited.replaceField(at: index, name: "Comments", value: value)
        default: edited.remove(at: index)
        }
        let before = section.fields.map(\.octets.octets)
        let after = edited.fields.map(\.octets.octets)
        let written = edited.written
        var complaints: [String] = []
        if edited.octets != written.count { complaints.append("once edited, its size is not \(edited.octets)") }
        // A field without an end gets one when another comes behind it, and so does a line that is no field.
        let endsAsCame = section.written.isEmpty || section.written.suffix(2) == [13, 10]
        if endsAsCame, HeaderSection(parsing: ByteBuffer(bytes: written)).fields.map(\.octets.octets) != after {
            complaints.append("once edited, it reads back as another: \(shown(written))")
        }
        // A prefix, and the name that a line of white space gets, stand before what came.
        for field in after where !before.contains(field) && change % 6 != 3 && !before.contains(where: field.hasSuffix)
        {
            complaints += WrittenLines.complaints(of: field)
        }
        let kept = after.count { before.contains($0) }
        let mayChange = change % 6 == 1 ? section.count(of: name) : 1
        if kept < section.count - max(mayChange, 1) { complaints.append("\(kept) fields of \(before.count) are kept") }
        return complaints
    }

    // MARK: Rewriting

    private static func rewriting(
        _ section: HeaderSection, _ content: [UInt8], _ change: UInt8, _ cuts: (UInt8, UInt8)
    ) -> [String] {
        let structure = scanned(section, [ByteBuffer(bytes: content)])
        var complaints: [String] = []
        let pieces = content.pieces(cutBy: cuts.0, cuts.1)
        if scanned(section, pieces) != structure { complaints.append("cut at \(cuts), other parts are found") }
        for part in structure.parts where part.body.upperBound > content.count || part.header.upperBound > content.count
        {
            complaints.append("a part ends at \(part.body.upperBound)")
        }

        var plan = ContentPlan(structure)
        if plan.isEmpty, rewritten(section, pieces, plan) != section.written + content {
            complaints.append("without a change it is rewritten as another")
        }
        var becomesSevenBit = false
        switch change / 6 % 4 {
        case 0: becomesSevenBit = (try? plan.makeSevenBit(breakingDomainSignatures: change > 127)) != nil
        case 1: _ = plan.append(Footer(text: "Sent by \u{FC}\n"), inSealed: change > 127)
        case 2: plan.replace(Int(change) % max(structure.parts.count, 1), with: "Taken out\n")
        default:
            _ = plan.append(Footer(text: "Sent by us\n"))
            becomesSevenBit = (try? plan.makeSevenBit(breakingDomainSignatures: true)) != nil
        }
        let written = rewritten(section, [ByteBuffer(bytes: content)], plan)
        if rewritten(section, pieces, plan) != written { complaints.append("cut at \(cuts), rewritten as another") }
        if becomesSevenBit, !written.allSatisfy({ $0 < 128 }) { complaints.append("it keeps eight bits") }
        if written.count > 9 * (section.octets + content.count) + 4096 { complaints.append("\(written.count) octets") }
        return complaints
    }

    private static func scanned(_ section: HeaderSection, _ pieces: [ByteBuffer]) -> MIMEStructure {
        var scanner = MIMEScanner(header: section, interests: [.sizes, .text, .encodings])
        for piece in pieces { scanner.receive(piece) }
        return scanner.end()
    }

    private static func rewritten(_ section: HeaderSection, _ pieces: [ByteBuffer], _ plan: ContentPlan) -> [UInt8] {
        var header = section
        plan.edit(&header)
        var rewriter = ContentRewriter(plan)
        var output: [ByteBuffer] = []
        for piece in pieces { rewriter.receive(piece, into: &output) }
        rewriter.end(into: &output)
        return header.written + output.flatMap(\.octets)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ end: [UInt8]) -> Bool { !end.isEmpty && suffix(end.count).elementsEqual(end) }
}

extension HeaderSection {
    fileprivate var written: [UInt8] {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer.octets
    }
}
