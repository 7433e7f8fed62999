/// Something that a rule may ask about: the name in policies is in `AttributeTable`.
enum Attribute: Hashable, Sendable {
    case listener, clientAddress, clientPort, clientName, clientReverseName, timeHour, timeWeekday
    case helo, heloKind
    case tls, tlsVersion, tlsCipher, tlsClientFingerprint, tlsClientSubject, authUser, authMechanism
    case command, commandArgument
    case sender, senderLocal, senderDomain
    case mailSize, mailBody, mailSMTPUTF8, mailRequireTLS, mailReturn, mailEnvelopeID
    case recipient, recipientLocal, recipientDomain, recipientNotify
    case recipientsCount
    case header(slot: Int, HeaderAspect)
    case headersField, headersCount, headersSize, headersInvalid, receivedCount
    case messageSize, messageEightBit, messageLongestLine, messageNUL, messageBareNewline, messageMalformed
    case partType, partCharset, partEncoding, partsDepth
    case attachmentName, attachmentExtension, attachmentSize, attachmentCount
    case bodyText
    case tag
}

/// What of a header field is asked for. A field that occurs several times gives several values.
enum HeaderAspect: String, CaseIterable, Hashable, Sendable {
    /// The unfolded value with its encoded words decoded: `header.NAME` itself.
    case decoded = ""
    /// The unfolded value as it came.
    case raw
    /// How many fields of the name there are.
    case count
    /// The mailboxes in the value.
    case address
    /// The domains of these mailboxes.
    case domain
    /// The local parts of these mailboxes.
    case local
    /// The names that are shown for these mailboxes, decoded.
    case displayName = "display-name"

    /// The aspects that are written behind a dot.
    static let suffixes = allCases.map(\.rawValue).filter { !$0.isEmpty }
}

/// What the values of an attribute are: which operators fit, what an operand must look like, and how it compares.
enum AttributeKind: Hashable, Sendable {
    /// Compared as written.
    case text
    /// One of a few words, compared without case.
    case word(among: [String])
    /// A word of any kind, such as a media type; compared without case.
    case label
    /// A domain, or an address literal in brackets; compared without case.
    case domain
    /// A mailbox; the domain compares without case, the local part as written.
    case mailbox
    /// A network address; operands are addresses and networks.
    case network
    /// A number of things, in a range.
    case number(ClosedRange<Int>)
    /// A number of octets.
    case size
    /// A day of the week, as 1 (Monday) to 7 or by name.
    case weekday
    /// True or false.
    case flag

    /// What an operand must be, for diagnostics.
    var expectation: String {
        switch self {
        case .text: "a text"
        case .word(let words): "one of " + words.joined(separator: ", ")
        case .label: "a word such as `text/html`, without spaces"
        case .domain: "a domain such as `example.com`, or `.example.com` with its subdomains"
        case .mailbox: "an address such as `user@example.com`, or a domain"
        case .network: "an address or a network such as `192.0.2.0/24`"
        case .number(let range) where range.upperBound == .max: "a number"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .size: "a size such as `4096` or `25 MiB`"
        case .weekday: "a day from `monday` to `sunday`, or 1 to 7"
        case .flag: "`true` or `false`"
        }
    }

    /// The name of the kind, for diagnostics: `header.subject is a text`.
    var name: String {
        switch self {
        case .text: "a text"
        case .word: "a word"
        case .label: "a word of any kind"
        case .domain: "a domain"
        case .mailbox: "a mail address"
        case .network: "a network address"
        case .number: "a number"
        case .size: "a size"
        case .weekday: "a day of the week"
        case .flag: "true or false"
        }
    }
}
