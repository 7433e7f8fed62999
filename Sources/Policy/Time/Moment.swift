/// The time of an event, told by whoever reports the event: neither rules nor sessions ever ask for it.
public struct Moment: Hashable, Sendable {
    /// Monotonic time in nanoseconds; only differences mean something.
    public var nanoseconds: UInt64
    /// Seconds since 1970-01-01T00:00:00Z.
    public var epochSeconds: Int64
    /// What the local clock is ahead of UTC, in seconds.
    public var offsetFromUTC: Int

    public init(nanoseconds: UInt64, epochSeconds: Int64 = 0, offsetFromUTC: Int = 0) {
        self.nanoseconds = nanoseconds
        self.epochSeconds = epochSeconds
        self.offsetFromUTC = offsetFromUTC
    }

    /// The moment `duration` later, or the end of time.
    public func adding(_ duration: Nanoseconds) -> UInt64 {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.value)
        return overflow ? .max : sum
    }
}

/// A length of time in nanoseconds.
public struct Nanoseconds: Hashable, Sendable, Comparable {
    public var value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    /// Durations below zero are none, and those that are too long the longest.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = Nanoseconds.seconds(UInt64(clamping: seconds))
        let (sum, overflow) = whole.value.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000))
        self.init(overflow ? .max : sum)
    }

    public static func milliseconds(_ count: UInt64) -> Nanoseconds {
        let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
        return Nanoseconds(overflow ? .max : product)
    }

    public static func seconds(_ count: UInt64) -> Nanoseconds {
        let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000_000)
        return Nanoseconds(overflow ? .max : product)
    }

    public static func minutes(_ count: UInt64) -> Nanoseconds {
        .seconds(count &* 60)
    }

    public static func < (left: Nanoseconds, right: Nanoseconds) -> Bool {
        left.value < right.value
    }
}
