/// A parameter, or one section of one, as it is written.
///
/// ```abnf
/// parameter-name       = attribute [section] ["*"]         ; 2231 7
/// section              = "*0" / "*" nonzero-digit *DIGIT
/// extended-first-value = charset "'" [language] "'" extended-other-values
/// ```
struct ParameterSection {
    let attribute: String
    /// Nil when the value is in one piece.
    let index: Int?
    /// The value is percent-encoded.
    let isExtended: Bool
    let value: [UInt8]

    init?(name: ArraySlice<UInt8>, value: [UInt8]) {
        var words = String(decoding: name.map(Octet.lowercased), as: UTF8.self)
            .split(separator: "*", maxSplits: 3, omittingEmptySubsequences: false)
        guard let attribute = words.first, !attribute.isEmpty, words.count <= 3 else { return nil }
        self.attribute = String(attribute)
        self.value = value
        isExtended = words.count > 1 && words.last?.isEmpty == true
        if isExtended { words.removeLast() }
        guard words.count == 2 else {
            index = nil
            return
        }
        guard words[1].utf8.count <= 4, let index = Int(words[1]), index >= 0 else { return nil }
        self.index = index
    }
}

/// Puts the sections of parameters together [2231 3, 4].
enum ParameterSections {
    static func joined(_ sections: [ParameterSection]) -> [ParameterizedValue.Parameter] {
        var parameters: [ParameterizedValue.Parameter] = []
        var split: [String: [ParameterSection]] = [:]
        var order: [String] = []
        for section in sections {
            if section.index == nil {
                parameters.append(parameter(section.attribute, [section]))
            } else {
                if split[section.attribute] == nil { order.append(section.attribute) }
                split[section.attribute, default: []].append(section)
            }
        }
        for attribute in order {
            let sections = inOrder(split[attribute] ?? [])
            if !sections.isEmpty { parameters.append(parameter(attribute, sections)) }
        }
        return parameters
    }

    /// The sections from the first one on, as far as none is missing.
    private static func inOrder(_ sections: [ParameterSection]) -> [ParameterSection] {
        var byIndex: [Int: ParameterSection] = [:]
        for section in sections where byIndex[section.index ?? 0] == nil { byIndex[section.index ?? 0] = section }
        var ordered: [ParameterSection] = []
        while let next = byIndex[ordered.count] { ordered.append(next) }
        return ordered
    }

    private static func parameter(_ name: String, _ sections: [ParameterSection]) -> ParameterizedValue.Parameter {
        guard sections[0].isExtended else {
            let octets = sections.flatMap { $0.isExtended ? percentDecoded($0.value[...]) : $0.value }
            return .init(name: name, value: String(decoding: octets, as: UTF8.self), isExtended: false)
        }
        let quote = UInt8(ascii: "'")
        let first = sections[0].value
        let charset = first.prefix { $0 != quote }
        let language = first[charset.endIndex...].dropFirst().prefix { $0 != quote }
        let hasCharset = language.endIndex < first.count
        var octets = percentDecoded(hasCharset ? first[(language.endIndex + 1)...] : first[...])
        for section in sections.dropFirst() {
            octets += section.isExtended ? percentDecoded(section.value[...]) : section.value
        }
        var converters = CharsetConverters()
        let known = hasCharset ? Charset(name: charset).flatMap { converters.knows($0) ? $0 : nil } : nil
        let text = converters.text(octets, in: known ?? .utf8)
        return .init(name: name, value: String(decoding: text, as: UTF8.self), isExtended: true)
    }

    /// `%` with two hexadecimal digits is an octet; one without them stands for itself.
    private static func percentDecoded(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(value.count)
        var place = value.startIndex
        while place < value.endIndex {
            if value[place] == UInt8(ascii: "%"), place + 2 < value.endIndex,
                let high = Octet.hexadecimal(value[place + 1]), let low = Octet.hexadecimal(value[place + 2])
            {
                octets.append(high << 4 | low)
                place += 3
            } else {
                octets.append(value[place])
                place += 1
            }
        }
        return octets
    }
}
