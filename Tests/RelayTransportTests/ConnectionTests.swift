import Testing
import TranscriptKit

/// How connections are made and let go.
@Suite struct ConnectionTests {
    /// Closing a socket with octets that nobody has read resets the connection, and the last reply with it.
    @Test func aClientThatGoesOnSendingHearsItsLastReply() async throws {
        let transcript = try Transcript(name: "linger", text: "errors: 0\n")
        let stage = try await SocketStage(transcript)
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        try stage.clientSays(Array("FOO\r\n".utf8))
        for _ in 0..<256 { try stage.clientSays([UInt8](repeating: 120, count: 65536)) }
        #expect(try stage.clientHears()?.hasPrefix("421 4.7.0") == true)
        stage.client.endOutput()
        #expect(try stage.clientHears() == nil)
        await stage.server.shutdown(grace: .zero)
    }

    @Test func anUpstreamMayHaveAName() async throws {
        let transcript = try Transcript(name: "name", text: "@ready\n@mail <a@example.net> <b@example.com>\n")
        var stage = try await SocketStage(transcript, upstreamHost: "localhost")
        #expect(try TranscriptPlayer.play(transcript, on: &stage).isEmpty)
        await stage.server.shutdown(grace: .zero)
    }
}
