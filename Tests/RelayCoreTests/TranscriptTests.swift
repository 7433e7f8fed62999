import Policy
import PolicyFiles
import Testing
import TranscriptKit

@Suite struct TranscriptTests {
    static let transcripts = (try? Transcript.all()) ?? []

    @Test func thereAreTranscripts() {
        #expect(Self.transcripts.count > 40)
    }

    @Test(arguments: transcripts)
    func plays(_ transcript: Transcript) throws {
        var stage = try CoreStage(of: transcript)
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    /// What comes octet by octet means what it means in one piece.
    @Test(arguments: transcripts.filter { $0.settings["split"] != "no" }, [1, 2, 3, 7])
    func playsInPieces(_ transcript: Transcript, size: Int) throws {
        var stage = try CoreStage(of: transcript)
        stage.pieceSize = size
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}

extension CoreStage {
    convenience init(of transcript: Transcript) throws {
        let policies = try transcript.loadPolicies()
        self.init(
            settings: try transcript.relaySettings(policies: policies),
            policies: policies,
            clientNames: transcript.clientNames
        )
    }
}
