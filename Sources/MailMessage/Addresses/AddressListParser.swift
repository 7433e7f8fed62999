/// Makes entries of the tokens of an address field.
///
/// ```abnf
/// address-list = (address *("," address))                        ; 5322 3.4
/// address      = mailbox / group
/// mailbox      = [display-name] angle-addr / addr-spec
/// angle-addr   = [CFWS] "<" [obs-route] addr-spec ">" [CFWS]     ; 4.4
/// group        = display-name ":" [group-list] ";" [CFWS]
/// ```
struct AddressListParser {
    private enum Position {
        case phrase
        case angleBrackets
    }

    private var entries: [AddressList.Entry] = []
    private var position = Position.phrase
    /// Words of the phrase so far: a display name, or an address without angle brackets.
    private var words: [AddressWord] = []
    /// The address between angle brackets.
    private var angleAddress = AddressWord()
    private var comment: ArraySlice<UInt8>?
    /// The next token belongs to the last word: no white space stood between them.
    private var continuesWord = false
    /// The last entry ended with `>`, and no separator has come since: what follows may be its name.
    private var acceptsNameBehind = false

    static func parse(_ octets: [UInt8]) -> [AddressList.Entry] {
        var lexer = AddressLexer(octets)
        var parser = AddressListParser()
        while let token = lexer.next() { parser.take(token) }
        parser.endEntry()
        return parser.entries
    }

    private mutating func take(_ token: AddressToken) {
        switch (token, position) {
        case (.comment(let text), _):
            comment = comment ?? text
        case (.whiteSpace, .phrase):
            continuesWord = words.last?.awaitsDomain ?? false
        case (.whiteSpace, .angleBrackets):
            break
        case (.special(UInt8(ascii: ",")), .angleBrackets) where angleAddress.isRoute:
            angleAddress = AddressWord()
        case (.special(UInt8(ascii: ",")), _), (.special(UInt8(ascii: ";")), _):
            endEntry()
        case (.special(UInt8(ascii: ":")), .angleBrackets):
            // Behind an obsolete route, or behind `mailto`.
            angleAddress = AddressWord()
        case (.special(UInt8(ascii: ":")), .phrase):
            // What stood before is the name of a group.
            if !words.contains(where: \.isAddress) { words = [] }
            endEntry()
        case (.special(UInt8(ascii: "<")), .angleBrackets):
            guard !angleAddress.isEmpty else { break }
            endAngleAddress()
            position = .angleBrackets
        case (.special(UInt8(ascii: "<")), .phrase):
            acceptsNameBehind = false
            position = .angleBrackets
        case (.special(UInt8(ascii: ">")), .angleBrackets):
            endAngleAddress()
        case (.special(UInt8(ascii: ">")), .phrase):
            break
        case (_, .angleBrackets):
            angleAddress.append(token)
        case (.special(UInt8(ascii: "@")), .phrase) where !words.isEmpty:
            words[words.count - 1].append(token)
            continuesWord = true
        case (_, .phrase):
            if !continuesWord || words.isEmpty { words.append(AddressWord()) }
            words[words.count - 1].append(token)
            continuesWord = true
        }
    }

    private mutating func endEntry() {
        switch position {
        case .angleBrackets: endAngleAddress()
        case .phrase: endPhrase()
        }
        acceptsNameBehind = false
        comment = nil
    }

    private mutating func endAngleAddress() {
        add(angleAddress, named: words)
        words = []
        angleAddress = AddressWord()
        position = .phrase
        continuesWord = false
        acceptsNameBehind = true
    }

    /// A phrase without angle brackets: each of its words that has an `@` is an address, and the words before it are
    /// its name.
    private mutating func endPhrase() {
        defer {
            words = []
            continuesWord = false
        }
        guard words.contains(where: \.isAddress) else {
            if acceptsNameBehind {
                nameLastEntry(words)
            } else if words.count == 1 {
                add(words[0], named: [])
            } else if !words.isEmpty {
                add(AddressWord(), named: words)
            }
            return
        }
        var name: [AddressWord] = []
        for word in words {
            guard word.isAddress else {
                name.append(word)
                continue
            }
            add(word, named: name)
            name = []
        }
        nameLastEntry(name)
    }

    private mutating func add(_ word: AddressWord, named words: [AddressWord]) {
        let name = displayName(of: words)
        guard !word.isEmpty || !name.isEmpty else { return }
        entries.append(word.entry(displayName: name))
    }

    /// Gives a name that stands behind an address to it when it has none.
    private mutating func nameLastEntry(_ words: [AddressWord]) {
        guard let last = entries.last, last.displayName.isEmpty, !words.isEmpty || comment != nil else { return }
        entries[entries.count - 1] = AddressList.Entry(
            address: last.address, local: last.local, domain: last.domain, displayName: displayName(of: words))
    }

    /// The words with a space between them, or the comment where there are none.
    private mutating func displayName(of words: [AddressWord]) -> String {
        defer { comment = nil }
        let text = words.isEmpty ? comment ?? [] : ArraySlice(words.map(\.display).joined(separator: [Octet.space]))
        return EncodedWord.decode(String(decoding: text, as: UTF8.self))
    }
}
