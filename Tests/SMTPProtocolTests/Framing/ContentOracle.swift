import SMTPProtocol

/// What content is, read one octet at a time from the definitions: the clear version of the framer's data mode.
struct ContentOracle {
    /// Unstuffed content as far as it is certain.
    var content: [UInt8] = []
    var statistics = ContentStatistics()
    /// What stands behind the end of the data, nil when it has not come.
    var rest: [UInt8]?

    init(_ input: [UInt8]) {
        var index = 0
        var isLineStart = true
        while index < input.count {
            if isLineStart, input[index] == 0x2E {
                let line = Array(input[index...].prefix(3))
                if line == [0x2E, 0x0D, 0x0A] {
                    rest = Array(input[(index + 3)...])
                    break
                }
                // Whether this is the end is not known yet.
                if index + line.count == input.count, line == [0x2E] || line == [0x2E, 0x0D] { break }
                index += 1
            }
            content.append(input[index])
            isLineStart = content.suffix(2) == [0x0D, 0x0A] && index > 0 && input[index - 1] == 0x0D
            index += 1
        }
        statistics = Self.statistics(of: content)
    }

    /// A CR at the very end is not counted as bare: its LF may follow.
    static func statistics(of content: [UInt8]) -> ContentStatistics {
        var statistics = ContentStatistics()
        statistics.octets = content.count
        var lineLength = 0
        for (index, octet) in content.enumerated() {
            let before = index > 0 ? content[index - 1] : 0
            if octet >= 0x80 { statistics.hasEightBit = true }
            if octet == 0x00 { statistics.hasNUL = true }
            if octet == 0x0A, before != 0x0D { statistics.hasBareLineEnd = true }
            if octet != 0x0A, before == 0x0D { statistics.hasBareLineEnd = true }
            lineLength += 1
            if octet == 0x0A, before == 0x0D {
                statistics.longestLine = max(statistics.longestLine, lineLength - 2)
                lineLength = 0
            }
        }
        return statistics
    }

    /// Content with its dots stuffed and its end, as DATA sends it.
    static func stuffed(_ content: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for (index, octet) in content.enumerated() {
            let isLineStart = index == 0 || (index > 1 && content[index - 1] == 0x0A && content[index - 2] == 0x0D)
            if isLineStart, octet == 0x2E { output.append(0x2E) }
            output.append(octet)
        }
        if !content.isEmpty, content.suffix(2) != [0x0D, 0x0A] { output += [0x0D, 0x0A] }
        return output + [0x2E, 0x0D, 0x0A]
    }
}
