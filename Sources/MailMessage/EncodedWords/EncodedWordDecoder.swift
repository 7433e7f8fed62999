/// Replaces the encoded words of one text, in one pass.
struct EncodedWordDecoder: ~Copyable {
    /// Words of one charset in a row: their octets are decoded together.
    private struct Run {
        let charset: Charset
        var octets: [UInt8]
        /// Where the last word ended.
        var end: Int
    }

    private let text: [UInt8]
    private var output: [UInt8] = []
    private var run: Run?
    private var converters = CharsetConverters()
    /// The first `?=` at or behind the last place that asked for one; `text.count` when there is none.
    private var terminator = 0

    private static let mark = UInt8(ascii: "?")
    private static let equals = UInt8(ascii: "=")
    /// Longest charset with its language.
    private static let longestCharset = 60

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func decode() -> String {
        var place = 0
        var copied = 0
        while place + 1 < text.count {
            guard text[place] == Self.equals, text[place + 1] == Self.mark, let word = word(at: place) else {
                place += 1
                continue
            }
            let between = text[copied..<place]
            if !joins(word, between: between) {
                endRun()
                let isBetweenWords = copied > 0 && between.allSatisfy(Octet.isWhiteSpace)
                if !isBetweenWords { output += between }
                run = Run(charset: word.charset, octets: [], end: word.end)
            }
            run?.octets += word.octets
            run?.end = word.end
            place = word.end
            copied = place
        }
        endRun()
        output += text[copied...]
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a word continues the run: same charset, nothing but white space between.
    private func joins(_ word: Word, between: ArraySlice<UInt8>) -> Bool {
        guard let run, run.end == between.startIndex else { return false }
        return run.charset == word.charset && between.allSatisfy(Octet.isWhiteSpace)
    }

    private mutating func endRun() {
        guard let run else { return }
        self.run = nil
        output += converters.text(run.octets, in: run.charset).map { Octet.isControl($0) ? Octet.space : $0 }
    }
}

extension EncodedWordDecoder {
    private struct Word {
        let charset: Charset
        let octets: [UInt8]
        let end: Int
    }

    /// The encoded word that starts here, or nil when what starts here is none.
    private mutating func word(at start: Int) -> Word? {
        let name = text[(start + 2)...].prefix(Self.longestCharset).prefix { $0 != Self.mark }
        let encoding = name.endIndex + 1
        guard encoding + 1 < text.count, text[name.endIndex] == Self.mark, text[encoding + 1] == Self.mark,
            let charset = Charset(name: name.prefix { $0 != UInt8(ascii: "*") }), converters.knows(charset)
        else { return nil }
        let bodyStart = encoding + 2
        guard let bodyEnd = terminator(from: bodyStart) else { return nil }
        let body = text[bodyStart..<bodyEnd]
        switch text[encoding] {
        case UInt8(ascii: "B"), UInt8(ascii: "b"):
            return Word(charset: charset, octets: Base64.decode(body), end: bodyEnd + 2)
        case UInt8(ascii: "Q"), UInt8(ascii: "q"):
            return Word(charset: charset, octets: Self.unquoted(body), end: bodyEnd + 2)
        default:
            return nil
        }
    }

    /// The next `?=`; asked for rising places, it looks at each octet once.
    private mutating func terminator(from place: Int) -> Int? {
        terminator = max(terminator, place)
        while terminator + 1 < text.count {
            if text[terminator] == Self.mark, text[terminator + 1] == Self.equals { return terminator }
            terminator += 1
        }
        terminator = text.count
        return nil
    }

    /// `_` is a space and `=` with two hexadecimal digits an octet [2047 4.2]; other octets stand for themselves.
    private static func unquoted(_ body: ArraySlice<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(body.count)
        var place = body.startIndex
        while place < body.endIndex {
            switch body[place] {
            case UInt8(ascii: "_"):
                octets.append(Octet.space)
            case equals where place + 2 < body.endIndex:
                guard let high = Octet.hexadecimal(body[place + 1]), let low = Octet.hexadecimal(body[place + 2]) else {
                    fallthrough
                }
                octets.append(high << 4 | low)
                place += 2
            default:
                octets.append(body[place])
            }
            place += 1
        }
        return octets
    }
}
