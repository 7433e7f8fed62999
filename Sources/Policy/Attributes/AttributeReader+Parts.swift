import MailMessage

extension AttributeReader {
    /// The values of an attribute of parts that one of them has.
    static func values(of attribute: Attribute, in part: MIMEPart) -> [AttributeValue] {
        switch attribute {
        case .partType: [.text(part.type.description)]
        case .partCharset: part.charset.isEmpty ? [] : [.text(part.charset)]
        case .partEncoding: [.text(part.encodingName)]
        case .attachmentName: part.isAttachment ? part.names.map(AttributeValue.text) : []
        case .attachmentExtension: part.isAttachment ? part.extensions.map(AttributeValue.text) : []
        case .attachmentSize: part.isAttachment ? [.number(part.size)] : []
        default: []
        }
    }
}

extension MIMEPart {
    /// The size of what the part holds: decoded, or of a message within as it stands.
    var size: Int { isContainer ? body.count : decodedOctets }
}

extension Attribute {
    /// What the content must be scanned for to know the attribute; nil for one that needs no scan.
    var contentInterests: MIMEScanner.Interests? {
        switch self {
        case .attachmentSize: .sizes
        case .bodyText: .text
        case .messageMalformed, .partType, .partCharset, .partEncoding, .partsDepth, .attachmentName,
            .attachmentExtension, .attachmentCount:
            []
        default: nil
        }
    }
}
