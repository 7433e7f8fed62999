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
}
