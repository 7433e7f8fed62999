/// What the header section of a part says of its content [2045 3].
struct ContentFields {
    let type: MediaType
    /// The text type was taken for want of a sound one.
    let isTypeAssumed: Bool
    /// In lower case; empty when none is given.
    let charset: String
    /// What separates the parts of a multipart.
    let boundary: [UInt8]?
    let encoding: TransferEncoding
    /// As it is written, in lower case.
    let encodingName: String
    /// In lower case; empty when there is none.
    let disposition: String
    /// The file names that readers may show, the one that they should first.
    let names: [String]
    /// A field is there more than once, so that readers may differ in what they see.
    let isRepeated: Bool

    /// Longest boundary that is looked for; [2046 5.1.1] allows 70 octets.
    static let longestBoundary = 256
    /// Longest file name that is kept whole.
    private static let longestName = 512

    init(_ section: HeaderSection, defaultType: MediaType) {
        let typeFields = section.indices(of: "Content-Type")
        let encodingFields = section.indices(of: "Content-Transfer-Encoding")
        let dispositionFields = section.indices(of: "Content-Disposition")
        isRepeated = max(typeFields.count, encodingFields.count, dispositionFields.count) > 1

        let written = typeFields.first.map { ParameterizedValue(parsing: section.rawValue(at: $0)) }
        let parsed = written.flatMap { MediaType(parsing: $0.word) }
        type = parsed ?? defaultType
        isTypeAssumed = parsed == nil && written != nil
        charset = ParameterizedValue.firstWord((written?["charset"] ?? "").utf8)
        boundary = written?["boundary"].flatMap(Self.usableBoundary)

        let encodingText = encodingFields.first.map { section.rawValue(at: $0) } ?? ""
        let name = ParameterizedValue.firstWord(encodingText.utf8.prefix { $0 != UInt8(ascii: ";") })
        encodingName = name.isEmpty ? TransferEncoding.sevenBit.rawValue : Self.shortened(name)
        encoding = TransferEncoding(named: encodingName)

        let place = dispositionFields.first.map { ParameterizedValue(parsing: section.rawValue(at: $0)) }
        disposition = Self.shortened(place?.word ?? "")
        names = Self.names((place?.values(of: "filename") ?? []) + (written?.values(of: "name") ?? []))
    }

    /// Each name once, extended ones first among those of a field. Encoded words, which have no place there
    /// [2047 5], are decoded, for that is how many programs write names.
    private static func names(_ parameters: [ParameterizedValue.Parameter]) -> [String] {
        let ordered = parameters.filter(\.isExtended) + parameters.filter { !$0.isExtended }
        return ordered.prefix(4).reduce(into: []) { names, parameter in
            let text = parameter.isExtended ? parameter.value : EncodedWord.decode(parameter.value)
            let name = shortened(
                String(decoding: text.utf8.map { Octet.isControl($0) ? Octet.space : $0 }, as: UTF8.self))
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
    }

    /// A long text without its middle: a file name shows what it is at its end.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longestName else { return text }
        let octets = Array(text.utf8)
        let half = longestName / 2
        return String(decoding: octets.prefix(half), as: UTF8.self)
            + String(decoding: octets.suffix(half), as: UTF8.self)
    }

    /// White space at its end is none of a boundary's [2046 5.1.1].
    private static func usableBoundary(_ text: String) -> [UInt8]? {
        var octets = Array(text.utf8)
        while let last = octets.last, Octet.isWhiteSpace(last) { octets.removeLast() }
        return octets.isEmpty || octets.count > longestBoundary ? nil : octets
    }
}
