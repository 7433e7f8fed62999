import MailMessage
import SMTPProtocol

extension AttributeReader {
    /// The value of an attribute that has at most one.
    func singleValue(of attribute: Attribute, _ facts: Facts) -> AttributeValue? {
        switch attribute {
        case .listener: .text(facts.listener)
        case .clientAddress: facts.clientAddress.map(AttributeValue.network)
        case .clientPort: facts.clientPort.map(AttributeValue.number)
        case .timeHour: .number(CalendarDate(facts.now).hour)
        case .timeWeekday: .number(CalendarDate(facts.now).weekday)
        case .helo: (facts.helo?.text).map(AttributeValue.text)
        case .heloKind: (facts.helo?.kind.rawValue).map(AttributeValue.text)
        case .tls: .flag(facts.encryption != nil)
        case .tlsVersion: (facts.encryption?.version).map(AttributeValue.text)
        case .tlsCipher: (facts.encryption?.cipher).map(AttributeValue.text)
        case .tlsClientFingerprint: (facts.encryption?.fingerprint).map(AttributeValue.text)
        case .tlsClientSubject: (facts.encryption?.subject).map(AttributeValue.text)
        case .authUser: (facts.authentication?.user).map(AttributeValue.text)
        case .authMechanism: (facts.authentication?.mechanism).map(AttributeValue.text)
        case .command: (facts.command?.verb).map(AttributeValue.text)
        case .commandArgument: (facts.command?.argument).flatMap { $0.isEmpty ? nil : .text($0) }
        case .sender, .senderLocal, .senderDomain: Self.value(attribute, of: sender(facts))
        case .mailSize, .mailBody, .mailSMTPUTF8, .mailRequireTLS, .mailReturn, .mailEnvelopeID:
            Self.value(attribute, declared: facts.mailParameters)
        case .recipientsCount: .number(facts.recipients.count)
        case .headersCount: (header?.fieldCount).map(AttributeValue.number)
        case .headersSize: (header?.octets).map(AttributeValue.number)
        case .headersInvalid: header.map { .flag($0.invalidCount > 0) }
        case .receivedCount: (header?.fieldCount(of: "Received")).map(AttributeValue.number)
        case .messageSize: (facts.content?.octets).map(AttributeValue.number)
        case .messageEightBit: (facts.content?.hasEightBit).map(AttributeValue.flag)
        case .messageLongestLine: (facts.content?.longestLine).map(AttributeValue.number)
        case .messageNUL: (facts.content?.hasNUL).map(AttributeValue.flag)
        case .messageMalformed: (facts.structure?.isMalformed).map(AttributeValue.flag)
        case .partsDepth: (facts.structure?.depth).map(AttributeValue.number)
        case .attachmentCount: (facts.structure?.attachments.count).map(AttributeValue.number)
        case .bodyText: (facts.structure?.text).flatMap { $0.isEmpty ? nil : .text($0) }
        case .messageBareNewline: (facts.content?.hasBareLineEnd).map(AttributeValue.flag)
        case .clientName, .clientReverseName, .header, .headersField, .tag, .recipient, .recipientLocal,
            .recipientDomain, .recipientNotify, .partType, .partCharset, .partEncoding, .attachmentName,
            .attachmentExtension, .attachmentSize:
            nil
        }
    }

    /// The client's name or reverse name. What nobody has asked for is not known.
    func clientName(_ attribute: Attribute, _ facts: Facts) throws(EvaluationFailure) -> String? {
        let names = facts.clientNames ?? .unknown("nobody has asked for it")
        if attribute == .clientReverseName { return try names.reverse.name(as: "client.reverse-name") }
        return try names.confirmed.name(as: "client.name")
    }

    /// The null reverse-path is an empty text.
    private static func value(_ attribute: Attribute, of path: ReversePath?) -> AttributeValue? {
        guard let path else { return nil }
        guard let mailbox = path.mailbox else { return .text("") }
        return switch attribute {
        case .senderLocal: .text(mailbox.localPart.text)
        case .senderDomain: .text(mailbox.domain.description)
        default: .mailbox(mailbox)
        }
    }

    /// What MAIL declared. A message without BODY is declared as 7BIT [RFC 6152, 2].
    private static func value(_ attribute: Attribute, declared parameters: ESMTPParameters) -> AttributeValue? {
        switch attribute {
        case .mailSize: (parameters["SIZE"]?.value).flatMap(Int.init).map(AttributeValue.number)
        case .mailBody: .text(parameters["BODY"]?.value ?? "7BIT")
        case .mailSMTPUTF8: .flag(parameters["SMTPUTF8"] != nil)
        case .mailRequireTLS: .flag(parameters["REQUIRETLS"] != nil)
        case .mailReturn: (parameters["RET"]?.value).map(AttributeValue.text)
        case .mailEnvelopeID: (parameters["ENVID"]?.value).map { .text(XText.decode($0) ?? $0) }
        default: nil
        }
    }
}

extension AttributeReader {
    /// Whether the client has done what a rule requires.
    func meets(_ requirement: Requirement, _ facts: Facts) -> Bool {
        switch requirement {
        case .tls: singleValue(of: .tls, facts) == .flag(true)
        case .authentication: facts.authentication != nil
        }
    }
}
