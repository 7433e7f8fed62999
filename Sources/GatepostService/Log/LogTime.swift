import Glibc
import Policy

/// A moment as the log prints it: UTC, to the millisecond (RFC 3339).
struct LogTime: Hashable, Sendable {
    var secondsSince1970: Int
    var milliseconds: Int

    static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(secondsSince1970: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `2026-11-23T19:36:24.162Z`.
    var text: String {
        var octets: [UInt8] = []
        write(into: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// Appends `2026-11-23T19:36:24.162Z`.
    func write(into octets: inout [UInt8]) {
        let date = CalendarDate(Moment(nanoseconds: 0, epochSeconds: Int64(secondsSince1970), offsetFromUTC: 0))
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.octets) { text in
            var place = 0
            func put(_ number: Int, digits: Int, before mark: Unicode.Scalar) {
                var rest = number
                for digit in (place..<place + digits).reversed() {
                    text[digit] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                text[place + digits] = UInt8(ascii: mark)
                place += digits + 1
            }
            put(date.year, digits: 4, before: "-")
            put(date.month, digits: 2, before: "-")
            put(date.day, digits: 2, before: "T")
            put(date.hour, digits: 2, before: ":")
            put(date.minute, digits: 2, before: ":")
            put(date.second, digits: 2, before: ".")
            put(milliseconds, digits: 3, before: "Z")
            octets.append(contentsOf: UnsafeBufferPointer(text))
        }
    }

    private static let octets = 24
}
