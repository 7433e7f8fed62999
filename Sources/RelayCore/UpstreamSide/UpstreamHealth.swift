import Policy

/// What is remembered of a server that could not be reached: it is left alone for a while that doubles with each
/// failure, so that those who are in trouble are not knocked at by every client that comes.
public struct UpstreamHealth: Hashable, Sendable {
    private var failures: UInt64 = 0
    private var leftAloneUntil: UInt64 = 0

    private static let firstPause = Nanoseconds.seconds(1)
    private static let longestPause = Nanoseconds.seconds(60)

    public init() {}

    /// Whether a connection may be tried.
    public func mayConnect(at moment: Moment) -> Bool {
        moment.nanoseconds >= leftAloneUntil
    }

    /// An attempt has failed. Attempts that began side by side and fail together count once.
    public mutating func failed(at moment: Moment) {
        guard mayConnect(at: moment) else { return }
        let pause = min(Nanoseconds(Self.firstPause.value << min(failures, 10)), Self.longestPause)
        failures += 1
        leftAloneUntil = moment.adding(pause)
    }

    /// The server has let us in.
    public mutating func succeeded() {
        self = UpstreamHealth()
    }
}
