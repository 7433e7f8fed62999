/// Durations as an operator writes them: `500ms`, `30s`, `5m`, `1h`, `2d`.
///
///     duration = 1*DIGIT *SP unit
///     unit     = "ms" / "s" / "m" / "h" / "d"
public enum DurationText {
    /// The units with the milliseconds of each.
    public static let units: KeyValuePairs<String, Int> = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    public static let form = "a number with ms, s, m, h or d"

    /// Nothing that is waited for takes longer than this.
    public static let maximum = Duration.seconds(10 * 365 * 86_400)

    /// The duration, or nil when the text is not one or is longer than `maximum`.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        guard let quantity = Quantity(text), let unit = units.first(where: { $0.key == quantity.unit })?.value else {
            return nil
        }
        let (milliseconds, overflow) = quantity.number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let duration = Duration.milliseconds(milliseconds)
        return duration <= maximum ? duration : nil
    }

    /// Prints a duration in the largest unit that keeps it exact.
    public static func print(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        for (name, unit) in units.reversed() where milliseconds >= unit && milliseconds % unit == 0 {
            return "\(milliseconds / unit)\(name)"
        }
        return "\(milliseconds)ms"
    }
}

/// A number and the unit behind it.
struct Quantity {
    var number: Int
    var unit: Substring

    /// `1*DIGIT *SP *unit`; nil when there is no number, or one that does not fit.
    init?(_ text: some StringProtocol) {
        let text = Substring(text)
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        self.number = number
        self.unit = text[digits.endIndex...].drop { $0 == " " }
        if unit.isEmpty, digits.endIndex != text.endIndex { return nil }
    }
}
