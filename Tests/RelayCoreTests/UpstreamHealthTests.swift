import Policy
import RelayCore
import Testing

@Suite struct UpstreamHealthTests {
    private static func seconds(_ count: UInt64) -> Moment {
        Moment(nanoseconds: count * 1_000_000_000)
    }

    @Test func aServerThatFailsIsLeftAloneForAGrowingWhile() {
        var health = UpstreamHealth()
        var now: UInt64 = 100
        for pause: UInt64 in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(health.mayConnect(at: Self.seconds(now)))
            health.failed(at: Self.seconds(now))
            #expect(!health.mayConnect(at: Self.seconds(now + pause - 1)))
            now += pause
        }
        health.succeeded()
        #expect(health.mayConnect(at: Self.seconds(now)))
    }

    @Test func attemptsThatFailTogetherCountOnce() {
        var health = UpstreamHealth()
        for _ in 0..<100 { health.failed(at: Self.seconds(100)) }
        #expect(health.mayConnect(at: Self.seconds(101)))
    }
}
