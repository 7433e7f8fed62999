import MailMessage

/// One part of a message, as rules see it.
struct ExplainedPart: Encodable {
    let type: String
    /// How many multiparts and messages enclose it.
    let depth: Int
    let charset: String?
    let encoding: String
    let disposition: String?
    let names: [String]
    /// Octets, decoded; of what holds other parts, as they stand.
    let size: Int
    let isAttachment: Bool

    init(_ part: MIMEPart) {
        type = part.type.description
        depth = part.depth
        charset = part.charset.isEmpty ? nil : part.charset
        encoding = part.encodingName
        disposition = part.disposition.isEmpty ? nil : part.disposition
        names = part.names
        size = part.isContainer ? part.body.count : part.decodedOctets
        isAttachment = part.isAttachment
    }

    /// The part in a list, indented by its depth.
    var line: String {
        let remarks = [charset, encoding == "7bit" ? nil : encoding, isAttachment ? "attachment" : nil].compactMap(
            \.self)
        let name = names.first.map { " `\($0)`" } ?? ""
        let indent = String(repeating: "  ", count: depth + 1)
        return "\(indent)\(type)\(name), \(([ "\(size) octets"] + remarks).joined(separator: ", "))"
    }
}
