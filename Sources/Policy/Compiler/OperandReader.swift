import SMTPProtocol

/// Reads the texts of operands and list entries as values of an attribute's kind.
enum OperandReader {
    /// The set of some operands; those that are not of the kind are handed to `reject`.
    static func set(
        of operands: some Sequence<Located<String>>,
        kind: AttributeKind,
        reject: (Located<String>) -> Void
    ) -> ValueSet {
        switch kind {
        case .flag:
            let flags = operands.compactMap { operand in accept(flag(operand.value), operand, reject) }
            return .flag(flags.first ?? true)
        case .number, .size, .weekday:
            return .numbers(Set(operands.compactMap { accept(number($0.value, kind: kind), $0, reject) }))
        case .text:
            var table = TextTable()
            for operand in operands { table.insert(operand.value.utf8) }
            return .texts(table)
        case .word(let words):
            return .words(wordTable(operands, among: words, reject))
        case .label:
            var table = TextTable()
            for operand in operands {
                if let label = accept(label(operand.value), operand, reject) { table.insert(label) }
            }
            return .words(table)
        case .domain:
            var domains = DomainSet()
            for operand in operands {
                if let domain = accept(domain(operand.value), operand, reject) { domains.insert(domain) }
            }
            return .domains(domains)
        case .mailbox:
            return .mailboxes(mailboxSet(operands, reject))
        case .network:
            var networks = NetworkSet()
            for operand in operands {
                if let network = accept(IPNetwork(operand.value), operand, reject) { networks.insert(network) }
            }
            return .networks(networks)
        }
    }

    /// A number of a kind: plain, with a unit, or the name of a day.
    static func number(_ text: String, kind: AttributeKind) -> Int? {
        switch kind {
        case .size: ByteSize.parse(text)
        case .weekday: weekday(text)
        case .number(let range): plainNumber(text).flatMap { range.contains($0) ? $0 : nil }
        case .text, .word, .label, .domain, .mailbox, .network, .flag: nil
        }
    }

    /// A word without white space, in lower case.
    private static func label(_ text: String) -> [UInt8]? {
        let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        return isWord ? text.utf8.map(Caseless.lowercase) : nil
    }

    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// 1 (Monday) to 7, or the name of the day, or its first three letters.
    static func weekday(_ text: String) -> Int? {
        if let number = plainNumber(text) { return (1...7).contains(number) ? number : nil }
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        let name = text.lowercased()
        return names.firstIndex { $0 == name || $0.prefix(3) == name }.map { $0 + 1 }
    }

    private static func plainNumber(_ text: String) -> Int? {
        text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(text) : nil
    }

    /// A domain, one with a leading dot, an address literal as it is printed, or the empty text of `<>`.
    private static func domain(_ text: String) -> String? {
        if text.isEmpty { return text }
        if text.hasPrefix("[") { return AddressLiteral(text)?.description }
        return Domain(text.hasPrefix(".") ? String(text.dropFirst()) : text) == nil ? nil : text
    }

    private static func wordTable(
        _ operands: some Sequence<Located<String>>,
        among words: [String],
        _ reject: (Located<String>) -> Void
    ) -> TextTable {
        var table = TextTable()
        for operand in operands {
            if words.contains(where: { Caseless.equal($0, operand.value) }) {
                table.insert(operand.value.utf8.map(Caseless.lowercase))
            } else {
                reject(operand)
            }
        }
        return table
    }

    /// Addresses, domains, `<>` or an empty text for the null reverse-path, and `postmaster`.
    private static func mailboxSet(_ operands: some Sequence<Located<String>>, _ reject: (Located<String>) -> Void)
        -> MailboxSet
    {
        var mailboxes = MailboxSet()
        for operand in operands {
            let text = operand.value
            if text.isEmpty || text == "<>" {
                mailboxes.insert(special: "")
            } else if Caseless.equal(text, "postmaster") {
                mailboxes.insert(special: text)
            } else if let mailbox = Mailbox(text) {
                mailboxes.insert(mailbox)
            } else if let domain = domain(text) {
                mailboxes.insert(domain: domain)
            } else {
                reject(operand)
            }
        }
        return mailboxes
    }

    private static func accept<Value>(
        _ value: Value?,
        _ operand: Located<String>,
        _ reject: (Located<String>) -> Void
    ) -> Value? {
        if value == nil { reject(operand) }
        return value
    }
}
