import MailMessage
import NIOCore

/// Decoding ends, is bounded, and makes no line ends and no controls; what is encoded decodes to what it was, in a
/// field that stays one.
///
/// Input: the text of a header field.
enum EncodedWordHarness {
    static func run(_ octets: [UInt8]) -> [String] {
        let text = String(decoding: octets, as: UTF8.self)
        var complaints: [String] = []
        let decoded = EncodedWord.decode(text)
        if decoded.utf8.count > 8 * text.utf8.count + 64 { complaints.append("\(decoded.utf8.count) octets") }
        let controls = { (text: String) in text.utf8.count { $0 < 32 && $0 != 9 || $0 == 127 } }
        if controls(decoded) > controls(text) {
            complaints.append("\(text.debugDescription) hides controls: \(decoded.debugDescription)")
        }

        let written = text.withoutControls
        let again = EncodedWord.decode(EncodedWord.encode(text))
        if again != written {
            complaints.append("\(text.debugDescription) is encoded, and decodes to \(again.debugDescription)")
        }
        var section = HeaderSection()
        section.addAtTop(name: "Subject", value: text)
        var field = ByteBuffer()
        section.write(into: &field)
        let reread = HeaderSection(parsing: field)
        if reread.count != 1 || reread.decodedValue(at: 0) != written.withoutOuterSpace {
            complaints.append("\(text.debugDescription) makes \(shown(field.octets))")
        }
        complaints += WrittenLines.complaints(of: field.octets)
        return complaints
    }
}

/// The limits that lines of our own keep [5322 2.1.1].
enum WrittenLines {
    static func complaints(of octets: [UInt8]) -> [String] {
        var complaints: [String] = []
        if !octets.isEmpty, octets.suffix(2) != [13, 10] { complaints.append("no line end: \(shown(octets))") }
        for line in octets.split(separator: 10).map({ $0.dropLast() }) {
            if line.count > 998 { complaints.append("a line of \(line.count) octets") }
            if !line.allSatisfy({ (32...126).contains($0) || $0 == 9 }) { complaints.append("a line \(shown(line))") }
            if line.allSatisfy({ $0 == 32 || $0 == 9 }) { complaints.append("an empty line in \(shown(octets))") }
        }
        return complaints
    }
}

extension String {
    /// With a space for each control, as a written value has it.
    var withoutControls: String {
        String(decoding: utf8.map { $0 < 32 && $0 != 9 || $0 == 127 ? 32 : $0 }, as: UTF8.self)
    }

    /// Without white space at both ends.
    var withoutOuterSpace: String {
        let isText = { (scalar: Unicode.Scalar) in scalar != " " && scalar != "\t" }
        guard let first = unicodeScalars.firstIndex(where: isText), let last = unicodeScalars.lastIndex(where: isText)
        else { return "" }
        return String(unicodeScalars[first...last])
    }
}
