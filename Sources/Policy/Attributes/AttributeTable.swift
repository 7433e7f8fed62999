import SMTPProtocol

/// What is known of an attribute before any mail comes.
struct AttributeTraits: Hashable, Sendable {
    var attribute: Attribute
    var kind: AttributeKind
    /// The stage at which the attribute becomes known.
    var stage: Stage
    /// Whether the attribute is known when a single command is judged.
    var isKnownAtCommand: Bool
    /// Whether later stages know the attribute still.
    var isKnownLater = true

    /// Whether a rule at a stage can read the attribute.
    func isKnown(at other: Stage) -> Bool {
        if stage == .command || other == .command { return other == .command && isKnownAtCommand }
        return isKnownLater ? stage <= other : stage == other
    }
}

/// Every attribute that policies can name, with its traits.
enum AttributeTable {
    /// The attributes whose names are fixed; `header.NAME` and its aspects are made by `headerTraits`.
    static let fixed: [(name: String, traits: AttributeTraits)] = [
        row("listener", .listener, .text, .connect),
        row("client.address", .clientAddress, .network, .connect),
        row("client.port", .clientPort, .number(0...65535), .connect),
        row("client.name", .clientName, .domain, .connect),
        row("client.reverse-name", .clientReverseName, .domain, .connect),
        row("time.hour", .timeHour, .number(0...23), .connect),
        row("time.weekday", .timeWeekday, .weekday, .connect),
        row("helo", .helo, .domain, .helo),
        row("helo.kind", .heloKind, .word(among: ["name", "literal", "invalid"]), .helo),
        row("tls", .tls, .flag, .helo),
        row("tls.version", .tlsVersion, .text, .helo),
        row("tls.cipher", .tlsCipher, .text, .helo),
        row("tls.client-fingerprint", .tlsClientFingerprint, .text, .helo),
        row("tls.client-subject", .tlsClientSubject, .text, .helo),
        row("auth.user", .authUser, .text, .mail, isKnownAtCommand: true),
        row("auth.mechanism", .authMechanism, .text, .mail, isKnownAtCommand: true),
        row("command", .command, .word(among: singleCommands), .command),
        row("command.argument", .commandArgument, .text, .command),
        row("sender", .sender, .mailbox, .mail),
        row("sender.local", .senderLocal, .text, .mail),
        row("sender.domain", .senderDomain, .domain, .mail),
        row("mail.size", .mailSize, .size, .mail),
        row("mail.body", .mailBody, .word(among: ["7BIT", "8BITMIME", "BINARYMIME"]), .mail),
        row("mail.smtputf8", .mailSMTPUTF8, .flag, .mail),
        row("mail.requiretls", .mailRequireTLS, .flag, .mail),
        row("mail.ret", .mailReturn, .word(among: ["FULL", "HDRS"]), .mail),
        row("mail.envid", .mailEnvelopeID, .text, .mail),
        row("recipient", .recipient, .mailbox, .recipient),
        row("recipient.local", .recipientLocal, .text, .recipient),
        row("recipient.domain", .recipientDomain, .domain, .recipient),
        row(
            "recipient.notify", .recipientNotify, .word(among: ["NEVER", "SUCCESS", "FAILURE", "DELAY"]), .recipient,
            isKnownLater: false
        ),
        row("recipients.count", .recipientsCount, .number(0...Int.max), .header),
        row("headers.field", .headersField, .text, .header),
        row("headers.count", .headersCount, .number(0...Int.max), .header),
        row("headers.size", .headersSize, .size, .header),
        row("headers.invalid", .headersInvalid, .flag, .header),
        row("received.count", .receivedCount, .number(0...Int.max), .header),
        row("message.size", .messageSize, .size, .message),
        row("message.eight-bit", .messageEightBit, .flag, .message),
        row("message.longest-line", .messageLongestLine, .size, .message),
        row("message.nul", .messageNUL, .flag, .message),
        row("message.bare-newline", .messageBareNewline, .flag, .message),
        row("message.malformed", .messageMalformed, .flag, .message),
        row("part.type", .partType, .label, .message),
        row("part.charset", .partCharset, .label, .message),
        row("part.encoding", .partEncoding, .label, .message),
        row("parts.depth", .partsDepth, .number(0...Int.max), .message),
        row("attachment.name", .attachmentName, .text, .message),
        row("attachment.extension", .attachmentExtension, .label, .message),
        row("attachment.size", .attachmentSize, .size, .message),
        row("attachment.count", .attachmentCount, .number(0...Int.max), .message),
        row("body.text", .bodyText, .text, .message),
        row("tag", .tag, .text, .connect),
    ]

    static let byName = Dictionary(uniqueKeysWithValues: fixed.map { ($0.name, $0.traits) })
    static let nameByAttribute = Dictionary(uniqueKeysWithValues: fixed.map { ($0.traits.attribute, $0.name) })

    /// The verbs that are judged by themselves; those of a transaction have stages of their own.
    static let singleCommands = ["VRFY", "EXPN", "HELP", "NOOP", "ETRN", "AUTH", "STARTTLS", "TURN"]

    /// The traits of an aspect of a header field.
    static func headerTraits(slot: Int, _ aspect: HeaderAspect) -> AttributeTraits {
        let kind: AttributeKind =
            switch aspect {
            case .decoded, .raw, .local, .displayName: .text
            case .count: .number(0...Int.max)
            case .address: .mailbox
            case .domain: .domain
            }
        return AttributeTraits(
            attribute: .header(slot: slot, aspect), kind: kind, stage: .header, isKnownAtCommand: false
        )
    }

    private static func row(
        _ name: String,
        _ attribute: Attribute,
        _ kind: AttributeKind,
        _ stage: Stage,
        isKnownAtCommand: Bool? = nil,
        isKnownLater: Bool = true
    ) -> (name: String, traits: AttributeTraits) {
        let traits = AttributeTraits(
            attribute: attribute,
            kind: kind,
            stage: stage,
            isKnownAtCommand: isKnownAtCommand ?? (stage <= .command),
            isKnownLater: isKnownLater
        )
        return (name, traits)
    }
}
