/// What a client hears: replies, which must be well formed, and which of them answer the end of a message.
struct ClientEar {
    private(set) var complaints: [String] = []
    /// Replies that were heard and not taken.
    private var codes: [Int] = []
    private var line: [UInt8] = []
    private var codeOfLines: ArraySlice<UInt8>?
    /// Messages that were called for with 354.
    private(set) var called = 0
    /// Messages that were answered 2yz.
    private(set) var accepted = 0
    private var awaitsFinal = false
    private(set) var octets = 0

    /// A session begins.
    mutating func begin() {
        if !line.isEmpty || codeOfLines != nil { complaints.append("the client hears half a reply") }
        line = []
        codeOfLines = nil
        codes = []
        awaitsFinal = false
    }

    /// - Parameter committed: messages that upstreams have answered 2yz so far.
    mutating func hear(_ said: some Sequence<UInt8>, committed: Int) {
        line.reserveCapacity(128)
        for octet in said {
            octets += 1
            line.append(octet)
            if octet == 10 { takeLine(committed) }
        }
    }

    mutating func takeCode() -> Int? { codes.isEmpty ? nil : codes.removeFirst() }

    private mutating func takeLine(_ committed: Int) {
        let line = line
        self.line = []
        let text = line.dropLast(2)
        let isWhole = line.suffix(2) == [13, 10] && text.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
        guard isWhole, text.count >= 4, let code = Int(String(decoding: text.prefix(3), as: UTF8.self)),
            (200...599).contains(code), text[3] == 32 || text[3] == 45,
            codeOfLines.map({ $0 == text.prefix(3) }) != false
        else { return complaints.append("the client hears \(shown(line))") }
        if line.count > 512 { complaints.append("a reply line of \(line.count) octets") }
        codeOfLines = text[3] == 45 ? text.prefix(3) : nil
        guard text[3] == 32 else { return }
        codes.append(code)
        guard awaitsFinal else {
            if code == 354 {
                awaitsFinal = true
                called += 1
            }
            return
        }
        awaitsFinal = false
        if code / 100 == 2 { accepted += 1 }
        if code / 100 == 3 { complaints.append("the end of a message is answered \(code)") }
        if accepted != committed {
            complaints.append("\(code) to a message; 2yz so far \(accepted), upstream \(committed)")
        }
    }
}
