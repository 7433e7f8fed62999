import Testing
import TranscriptKit

/// What an event loop hears in one of its turns is dealt with in the order in which it came.
@Suite struct TurnTests {
    /// Its last reply and its end come at once: the connection is kept for the next session, and must not be.
    @Test func anUpstreamThatRepliesAndEndsIsNotKept() async throws {
        let settings = "reuse: 100\n"
        let first = try Transcript(
            name: "first",
            text: settings + """
                @ready
                @mail <a@example.net> <b@example.com>
                C> QUIT
                C< 221 2.0.0 Bye
                ! we close client
                U> RSET

                """
        )
        var stage = try await SocketStage(first)
        #expect(try TranscriptPlayer.play(first, on: &stage).isEmpty)
        try await stage.upstreamEnds(with: Array("250 2.0.0 Ok\r\n".utf8))
        let second = try Transcript(
            name: "second",
            text: settings + """
                ! another client comes
                C< 220 mx.example.com ESMTP
                C> HELO client.example
                C< 250 mx.example.com
                C> MAIL FROM:<a@example.net>
                ! we connect
                U< 220 up.example
                U> EHLO mx.example.com
                U< 250 up.example
                U> MAIL FROM:<a@example.net>
                U< 250 2.1.0 Ok
                C< 250 2.1.0 Ok

                """
        )
        let differences = try TranscriptPlayer.play(second, on: &stage)
        #expect(differences.isEmpty, "\(differences)")
        await stage.server.shutdown(grace: .zero)
    }

    /// What comes behind a proxy's header waits until the client is counted, and further reads wait for that.
    @Test func whatComesBehindAHeaderKeepsItsOrder() async throws {
        let transcript = try Transcript(name: "header", text: "reuse: 100\naccept-proxy-protocol: 0.0.0.0/0\n")
        let stage = try await SocketStage(transcript)
        let commands = ["HELO client.example"] + (0..<200).map { "NOOP \($0)" } + ["QUIT"]
        let header = "PROXY TCP4 198.51.100.9 203.0.113.1 4711 25"
        try await stage.clientEnds(with: Array(([header] + commands).map { "\($0)\r\n" }.joined().utf8))
        #expect(try stage.clientHears()?.hasPrefix("220 ") == true)
        for command in commands.dropLast() {
            let reply = try stage.clientHears()
            try #require(reply?.hasPrefix("250 ") == true, "\(command): \(reply ?? "nothing")")
        }
        #expect(try stage.clientHears()?.hasPrefix("221 ") == true)
        await stage.server.shutdown(grace: .zero)
    }

    /// They reset their connections before they have been greeted, on the loop that would greet them.
    @Test func clientsThatGoAtOnceAreForgotten() async throws {
        let stage = try await SocketStage(try Transcript(name: "gone", text: "reuse: 100\n"))
        for _ in 0..<20 { try await stage.aClientComesAndGoes() }
        while stage.server.sessionCount > 1 { await Task.yield() }
        #expect(try stage.clientHears()?.hasPrefix("220 ") == true)
        #expect(try stage.anotherClient().readLine()?.hasPrefix("220 ") == true)
        await stage.server.shutdown(grace: .zero)
    }
}
