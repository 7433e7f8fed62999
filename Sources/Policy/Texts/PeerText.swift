/// Makes what a peer supplied fit to stand in what Gatepost writes: bounded, on one line, without control characters.
enum PeerText {
    /// The longest value that enters a reply, in characters. A reply line has 512 octets [RFC 5321, 4.5.3.1.5].
    static let replyLimit = 256
    /// The longest value that enters a header field or a line of the log. A line has 998 octets [RFC 5322, 2.1.1].
    static let lineLimit = 998

    /// Printable ASCII alone, because a reply's text is that [RFC 5321, 4.2]; the rest becomes `?`.
    static func forReply(_ text: String) -> String {
        bounded(text, replyLimit) { $0.value >= 0x20 && $0.value < 0x7f }
    }

    /// Characters that show and spaces; line ends, control characters and invisible marks become `?`.
    static func forHeader(_ text: String) -> String { bounded(text, lineLimit, isVisible) }

    static func forLog(_ text: String) -> String { bounded(text, lineLimit, isVisible) }

    private static func bounded(
        _ text: String,
        _ limit: Int,
        _ isAllowed: (Unicode.Scalar) -> Bool
    ) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            result.unicodeScalars.append(isAllowed(scalar) ? scalar : "?")
        }
        return result
    }

    /// Not a control character, line separator, or formatting mark such as a change of direction.
    static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
