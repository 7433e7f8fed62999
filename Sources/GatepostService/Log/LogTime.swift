import Foundation

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
        var seconds = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        append(Int(parts.tm_year) + 1900, digits: 4, before: "-", to: &octets)
        append(Int(parts.tm_mon) + 1, digits: 2, before: "-", to: &octets)
        append(Int(parts.tm_mday), digits: 2, before: "T", to: &octets)
        append(Int(parts.tm_hour), digits: 2, before: ":", to: &octets)
        append(Int(parts.tm_min), digits: 2, before: ":", to: &octets)
        append(Int(parts.tm_sec), digits: 2, before: ".", to: &octets)
        append(milliseconds, digits: 3, before: "Z", to: &octets)
    }

    private func append(_ number: Int, digits: Int, before mark: Unicode.Scalar, to octets: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            octets.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
        octets.append(UInt8(ascii: mark))
    }
}
