import NIOCore
import Testing
import TranscriptKit

@Suite struct SocketTranscriptTests {
    static let transcripts = ((try? Transcript.all()) ?? []).filter(\.playsOverSockets)

    @Test func thereAreTranscripts() {
        #expect(Self.transcripts.count > 40)
    }

    /// The one upstream is connected to at once, the other is waited for: it is on this machine and does not say so.
    @Test(arguments: transcripts, ["127.0.0.1", "0.0.0.0"])
    func playsOverSockets(_ transcript: Transcript, upstreamHost: String) async throws {
        var stage = try await SocketStage(transcript, upstreamHost: upstreamHost)
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        await stage.server.shutdown(grace: .zero)
    }
}
