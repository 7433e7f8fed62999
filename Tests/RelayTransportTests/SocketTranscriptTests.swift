import NIOCore
import Testing
import TranscriptKit

@Suite struct SocketTranscriptTests {
    static let transcripts = ((try? Transcript.all()) ?? []).filter(\.playsOverSockets)

    @Test func thereAreTranscripts() {
        #expect(Self.transcripts.count > 40)
    }

    @Test(arguments: transcripts)
    func playsOverSockets(_ transcript: Transcript) async throws {
        var stage = try await SocketStage(transcript)
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        await stage.server.shutdown(grace: .zero)
    }
}
