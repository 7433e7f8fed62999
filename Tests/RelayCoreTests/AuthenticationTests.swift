import NIOCore
import Policy
import SMTPProtocol
import Testing

@testable import RelayCore

@Suite struct AuthenticationTests {
    private static let upstream = Array("220 up.example ESMTP\r\n".utf8)
    private static let offers = "250-up.example\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\r\n"

    private static func stage(limit: Int = 20, failures: FailedLogins = FailedLogins()) -> CoreStage {
        var settings = RelaySettings(hostname: "mx.example.com", clientAuthentication: .always)
        settings.limits.failedLogins = limit
        settings.failedLogins = failures
        let stage = CoreStage(settings: settings)
        stage.clientSays(Array("EHLO client.example\r\n".utf8))
        _ = stage.event(.connect)
        stage.upstreamSays(upstream)
        stage.upstreamSays(Array(offers.utf8))
        _ = stage.unheard()
        return stage
    }

    private static func say(_ stage: CoreStage, _ client: String, _ upstream: String) -> [String] {
        stage.clientSays(Array("\(client)\r\n".utf8))
        stage.upstreamSays(Array("\(upstream)\r\n".utf8))
        return stage.unheard()
    }

    @Test("what is noted of a login names the user, and nothing of what proved it")
    func notes() {
        let secrets = ["tanstaaf1", "dGFuc3RhYWYx", "AGFubgB0YW5zdGFhZjE=", "dXNlcj1hbm4BYXV0aD1CZWFyZXIgdG9rZW4BAQ=="]
        let stage = Self.stage()
        // The upstream repeats what it heard, which no log must.
        _ = Self.say(stage, "AUTH PLAIN AGFubgB0YW5zdGFhZjE=", "535 5.7.8 AGFubgB0YW5zdGFhZjE= is wrong")
        _ = stage.event(.timePasses)
        _ = Self.say(stage, "AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgdG9rZW4BAQ==", "454 4.7.0 tanstaaf1")
        _ = Self.say(stage, "AUTH LOGIN YW5u", "334 UGFzc3dvcmQ6")
        _ = Self.say(stage, "dGFuc3RhYWYx", "235 2.7.0 tanstaaf1")
        _ = Self.say(stage, "MAIL FROM:<a@example.net>", "550 5.7.1 No")
        let told = "\(stage.notes) \(stage.records)"
        for secret in secrets { #expect(!told.contains(secret)) }
        let ann = { AuthenticationFacts(user: "ann", mechanism: $0) }
        #expect(
            stage.notes == [
                .authenticationFailed(ann("PLAIN"), .authenticationCredentialsInvalid, failures: 1),
                .authenticationFailed(ann("XOAUTH2"), .temporaryAuthenticationFailure, failures: 1),
                .authenticated(ann("LOGIN")),
            ])
        #expect(stage.records.map(\.authentication) == [ann("LOGIN")])
        #expect(stage.session.facts.authentication == ann("LOGIN"))
    }

    @Test("the wait doubles with each failure, up to sixteen times")
    func delays() {
        let stage = Self.stage()
        var waits: [UInt64] = []
        for _ in 0..<7 {
            let before = stage.now.nanoseconds
            #expect(Self.say(stage, "AUTH PLAIN AGEAYg==", "535 5.7.8 No") == ["U> AUTH PLAIN AGEAYg=="])
            _ = stage.event(.timePasses)
            waits.append((stage.now.nanoseconds - before) / 1_000_000_000)
            #expect(stage.unheard() == ["C< 535 5.7.8 No"])
        }
        #expect(waits == [1, 2, 4, 8, 16, 16, 16])
    }

    @Test("failures count against the next session of the same address")
    func nextSession() {
        let failures = FailedLogins()
        let first = Self.stage(limit: 2, failures: failures)
        _ = Self.say(first, "AUTH PLAIN AGEAYg==", "535 5.7.8 No")
        _ = first.event(.timePasses)
        _ = first.unheard()
        let second = Self.stage(limit: 2, failures: failures)
        _ = Self.say(second, "AUTH PLAIN AGEAYg==", "535 5.7.8 No")
        _ = second.event(.timePasses)
        #expect(second.unheard().map { $0.prefix(12) } == ["C< 535 5.7.8", "C< 421 4.7.0", "U> QUIT"])
        let third = Self.stage(limit: 2, failures: failures)
        third.clientSays(Array("AUTH PLAIN AGEAYg==\r\n".utf8))
        #expect(third.unheard().map { $0.prefix(12) } == ["C< 421 4.7.0", "U> QUIT"])
    }

    @Test("a client that goes while its failure is withheld is not answered")
    func leaves() {
        let stage = Self.stage()
        _ = Self.say(stage, "AUTH PLAIN AGEAYg==", "535 5.7.8 No")
        _ = stage.event(.clientCloses)
        #expect(stage.unheard() == ["U> QUIT"])
        #expect(stage.nextDeadline != .max)
    }

    @Test("a client that says no more within an exchange is let go in time, and at a shutdown")
    func silence() {
        let silent = Self.stage()
        _ = Self.say(silent, "AUTH LOGIN", "334 VXNlcm5hbWU6")
        _ = silent.event(.timePasses)
        #expect(silent.unheard().map { $0.prefix(12) } == ["C< 421 4.4.2"])
        let ended = Self.stage()
        _ = Self.say(ended, "AUTH LOGIN", "334 VXNlcm5hbWU6")
        _ = ended.event(.clientEnds)
        #expect(ended.event(.clientClosed))
        let stopped = Self.stage()
        _ = Self.say(stopped, "AUTH LOGIN", "334 VXNlcm5hbWU6")
        _ = stopped.event(.shutdown)
        #expect(stopped.unheard().map { $0.prefix(12) } == ["C< 421 4.3.2"])
    }

    @Test("an upstream that asks without end is left")
    func endless() {
        let stage = Self.stage()
        var heard = Self.say(stage, "AUTH LOGIN", "334 VXNlcm5hbWU6")
        var rounds = 0
        while heard.contains("C< 334 VXNlcm5hbWU6"), rounds < 100 {
            heard = Self.say(stage, "YW5u", "334 VXNlcm5hbWU6")
            rounds += 1
        }
        #expect(rounds == AuthenticationExchange.mostChallenges)
        #expect(heard.contains { $0.hasPrefix("C< 454 4.7.0") })
        #expect(stage.event(.upstreamClosed))
    }

    @Test("whatever client and upstream say in an exchange, nobody is let in but by 235, and nothing traps")
    func anything() {
        let clientSays = [
            "AUTH PLAIN AGFubgB0YW5zdGFhZjE=", "AUTH LOGIN", "AUTH CRAM-MD5", "YW5u", "*", "", "what?", "RSET", "QUIT",
            "MAIL FROM:<a@example.net>", "EHLO client.example", "AUTH PLAIN =", "NOOP\nQUIT",
        ]
        let upstreamSays = [
            "235 2.7.0 Ok", "334 YW5u", "334 ", "535 5.7.8 No", "250 2.0.0 Ok", "421 4.3.2 Bye", "454 4.7.0 No",
            "334-a\r\n334 b", "garbage", "235 2.7.0 Ok\r\n235 2.7.0 Ok",
        ]
        for seed in 0..<400 as Range<UInt64> {
            var random = SystemRandomReplacement(seed: seed)
            let stage = Self.stage()
            var said235 = false
            for _ in 0..<20 {
                if Bool.random(using: &random), let line = clientSays.randomElement(using: &random) {
                    stage.clientSays(Array("\(line)\r\n".utf8))
                } else if let line = upstreamSays.randomElement(using: &random) {
                    said235 = said235 || line.hasPrefix("235")
                    stage.upstreamSays(Array("\(line)\r\n".utf8))
                }
                if stage.session.facts.authentication != nil { #expect(said235) }
                if Int.random(in: 0..<10, using: &random) == 0 { _ = stage.event(.timePasses) }
                if Int.random(in: 0..<10, using: &random) == 0, stage.event(.connect) {
                    stage.upstreamSays(Self.upstream + Array(Self.offers.utf8))
                }
            }
        }
    }
}

/// Random numbers that are the same at each run.
private struct SystemRandomReplacement: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
