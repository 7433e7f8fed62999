/// A date and time of day in the proleptic Gregorian calendar, as trace fields and rules need it.
public struct CalendarDate: Hashable, Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 1 is Monday, 7 is Sunday.
    public let weekday: Int
    public let hour: Int
    public let minute: Int
    public let second: Int
    public let offsetFromUTC: Int

    /// The local date of `moment`.
    public init(_ moment: Moment) {
        offsetFromUTC = moment.offsetFromUTC
        let local = moment.epochSeconds &+ Int64(moment.offsetFromUTC)
        let secondsADay: Int64 = 86_400
        var days = local / secondsADay
        var rest = local % secondsADay
        if rest < 0 {
            rest += secondsADay
            days -= 1
        }
        hour = Int(rest / 3600)
        minute = Int(rest % 3600 / 60)
        second = Int(rest % 60)
        // 1970-01-01 was a Thursday.
        weekday = Int(((days + 3) % 7 + 7) % 7) + 1

        // Days are counted in eras of 400 years from 0000-03-01, so that the leap day ends a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (monthFromMarch < 10 ? 0 : 1)
    }

    private static let weekdayNames = Array("MonTueWedThuFriSatSun".utf8)
    private static let monthNames = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

    /// `Mon, 23 Nov 2026 19:01:19 +0000` (RFC 5322 3.3).
    public var messageDate: String {
        String(unsafeUninitializedCapacity: 48) { octets in
            var end = 0
            func put(_ octet: UInt8) {
                octets[end] = octet
                end += 1
            }
            func put(name index: Int, of names: [UInt8]) {
                for offset in 0..<3 { put(names[index * 3 + offset]) }
            }
            func put(twoDigits number: Int) {
                put(UInt8(truncatingIfNeeded: 48 + number / 10 % 10))
                put(UInt8(truncatingIfNeeded: 48 + number % 10))
            }
            put(name: weekday - 1, of: Self.weekdayNames)
            put(UInt8(ascii: ","))
            put(UInt8(ascii: " "))
            if day >= 10 { put(UInt8(truncatingIfNeeded: 48 + day / 10)) }
            put(UInt8(truncatingIfNeeded: 48 + day % 10))
            put(UInt8(ascii: " "))
            put(name: month - 1, of: Self.monthNames)
            put(UInt8(ascii: " "))
            put(twoDigits: year / 100)
            put(twoDigits: year % 100)
            put(UInt8(ascii: " "))
            put(twoDigits: hour)
            put(UInt8(ascii: ":"))
            put(twoDigits: minute)
            put(UInt8(ascii: ":"))
            put(twoDigits: second)
            put(UInt8(ascii: " "))
            put(offsetFromUTC < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            let minutes = abs(offsetFromUTC) / 60
            put(twoDigits: minutes / 60)
            put(twoDigits: minutes % 60)
            return end
        }
    }
}
