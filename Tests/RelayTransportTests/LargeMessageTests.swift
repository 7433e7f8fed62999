import Foundation
import Testing
import TranscriptKit

/// Messages that are larger than any buffer on their way, with peers that read slowly.
@Suite struct LargeMessageTests {
    static let message: String = {
        var text = "Subject: large\r\n\r\n"
        for number in 0..<60_000 {
            text += "\(number) The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n"
        }
        return text
    }()

    @Test(arguments: 1...2)
    func arriveOctetForOctet(times: Int) async throws {
        let transcript = try Transcript(name: "large", text: "@ready\n")
        var stage = try await SocketStage(transcript)
        #expect(try TranscriptPlayer.play(transcript, on: &stage).isEmpty)
        for _ in 0..<times {
            let envelope = try Transcript(name: "large", text: "@mail <a@example.net> <b@example.com>\n@data\n")
            #expect(try TranscriptPlayer.play(envelope, on: &stage).isEmpty)
            // The client sends from a thread of its own: nothing drains before the upstream is read.
            let client = stage.client
            let sender = Thread { try? client.write(Array((Self.message + ".\r\n").utf8)) }
            sender.start()
            #expect(try stage.upstreamHears() == "DATA")
            try stage.upstreamSays(Array("354 Go ahead\r\n".utf8))
            var lines = Self.message.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()[...]
            var differences = 0
            while let expected = lines.popFirst(), differences == 0 {
                if try stage.upstreamHears() != String(expected) { differences += 1 }
            }
            #expect(differences == 0)
            #expect(try stage.upstreamHears() == ".")
            try stage.upstreamSays(Array("250 2.0.0 Ok\r\n".utf8))
            #expect(try stage.clientHears() == "250 2.0.0 Ok")
            #expect(try stage.unheard().isEmpty)
        }
        await stage.server.shutdown(grace: .zero)
    }
}
