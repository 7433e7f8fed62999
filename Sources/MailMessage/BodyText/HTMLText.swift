/// Reduces HTML to the text that a reader sees: tags, comments, scripts and style sheets go, characters that are named
/// or numbered become themselves, and white space is one space, or a line's end where an element begins a new line.
///
/// It is no parser of HTML. It looks at each octet a bounded number of times, whatever the text.
struct HTMLText {
    private let html: [UInt8]
    private var place = 0
    private var text: [UInt8] = []
    /// White space that came since the last text: none, a space or a line's end.
    private var gap: UInt8?
    /// An element that hides its text, and whose end is nowhere: no other of its kind is looked for.
    private var unclosed: Set<String> = []
    private var hasUnclosedComment = false

    /// Elements whose text is not shown.
    private static let hidden: Set<String> = ["script", "style", "title", "template"]
    /// Elements that begin and end a line.
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "tr", "ul",
    ]
    /// Elements that are apart from each other on a line.
    private static let cells: Set<String> = ["td", "th"]

    static func text(of html: [UInt8]) -> [UInt8] {
        var stripper = HTMLText(html: html)
        stripper.run()
        return stripper.text
    }

    private init(html: [UInt8]) {
        self.html = html
        text.reserveCapacity(html.count / 2)
    }

    private mutating func run() {
        while place < html.count {
            let octet = html[place]
            if octet == UInt8(ascii: "<"), takeMarkup() { continue }
            if octet <= Octet.space {
                addGap(Octet.space)
                place += 1
            } else if octet == UInt8(ascii: "&"), let (character, end) = HTMLCharacter.read(html, at: place) {
                place = end
                if character == [0xC2, 0xA0] { addGap(Octet.space) } else { add(character[...]) }
            } else {
                let end = html[place...].dropFirst().firstIndex { $0 <= Octet.space || $0 == 0x26 || $0 == 0x3C }
                add(html[place..<(end ?? html.count)])
                place = end ?? html.count
            }
        }
    }

    private mutating func add(_ octets: ArraySlice<UInt8>) {
        if let gap, !text.isEmpty { text.append(gap) }
        gap = nil
        text.append(contentsOf: octets)
    }

    private mutating func addGap(_ octet: UInt8) {
        if gap != Octet.lineFeed { gap = octet }
    }

    /// Passes over a tag, a comment or a declaration; false when `<` is text.
    private mutating func takeMarkup() -> Bool {
        let start = place + 1
        guard start < html.count else { return false }
        if html[start...].starts(with: "!--".utf8), !hasUnclosedComment {
            if let end = find("-->", from: start + 3) {
                place = end
                return true
            }
            hasUnclosedComment = true
        }
        let isEnd = html[start] == UInt8(ascii: "/")
        let name = elementName(at: isEnd ? start + 1 : start)
        let isDeclaration = html[start] == UInt8(ascii: "!") || html[start] == UInt8(ascii: "?")
        guard !name.isEmpty || isDeclaration || isEnd else { return false }
        place = tagEnd(from: start)
        if Self.blocks.contains(name) { addGap(Octet.lineFeed) }
        if Self.cells.contains(name) { addGap(Octet.space) }
        if !isEnd, Self.hidden.contains(name), !unclosed.contains(name) {
            if let end = find("</" + name, from: place) {
                place = tagEnd(from: end)
            } else {
                unclosed.insert(name)
            }
        }
        return true
    }

    private func elementName(at start: Int) -> String {
        guard start < html.count, Octet.lowercased(html[start]) &- 0x61 < 26 else { return "" }
        let name = html[start...].prefix(12).prefix {
            Octet.lowercased($0) &- 0x61 < 26 || $0 &- 0x30 < 10
        }
        return String(decoding: name.map(Octet.lowercased), as: UTF8.self)
    }

    /// Behind the `>` of a tag. One within a quoted value does not end it, unless the quote does not end either.
    private func tagEnd(from start: Int) -> Int {
        var index = start
        var quote: UInt8?
        var firstEnd: Int?
        var previous: UInt8 = 0
        while index < html.count {
            let octet = html[index]
            if octet == UInt8(ascii: ">") {
                if quote == nil { return index + 1 }
                firstEnd = firstEnd ?? index + 1
                // Nobody writes a value as long as this.
                if index - start > 4096 { break }
            } else if octet == quote {
                quote = nil
            } else if quote == nil, previous == UInt8(ascii: "="), octet == 0x22 || octet == 0x27 {
                quote = octet
            }
            if octet > Octet.space { previous = octet }
            index += 1
        }
        return firstEnd ?? html.count
    }

    /// Behind the next place of a text of ASCII in lower case.
    private func find(_ wanted: String, from start: Int) -> Int? {
        let wanted = Array(wanted.utf8)
        guard let first = wanted.first, html.count >= wanted.count else { return nil }
        var index = start
        while index <= html.count - wanted.count {
            if html[index] == first,
                html[index..<(index + wanted.count)].elementsEqual(wanted, by: { Octet.lowercased($0) == $1 })
            {
                return index + wanted.count
            }
            index += 1
        }
        return nil
    }
}
