import TranscriptKit

/// Peers say what a script has them say: the properties of `Tests/RELIABILITY.md` hold, the upstream's stream is one
/// that `StrictReader` does not complain of, all that is held has its bound, and the session ends.
///
/// Input: a `Script`.
enum DialogueHarness {
    /// The client speaks first, and the upstream answers by itself.
    static func client(_ octets: [UInt8]) -> [String] {
        Dialogue(Script(octets, speaker: .client), upstreamIsAutomatic: true).run()
    }

    /// The upstream speaks first; the client speaks by itself, or as the script has it.
    static func upstream(_ octets: [UInt8]) -> [String] {
        let dialogue = Dialogue(Script(octets, speaker: .upstream), upstreamIsAutomatic: false)
        let complaints = dialogue.run()
        return dialogue.traits.clientIsAutomatic ? complaints + ledgers(dialogue) : complaints
    }

    /// Joins what the client that speaks by itself has sent with what the upstream has taken.
    private static func ledgers(_ dialogue: Dialogue) -> [String] {
        var complaints: [String] = []
        for taken in dialogue.mails {
            guard let mail = dialogue.client.mails.first(where: { $0.sender == taken.sender }) else {
                complaints.append("taken from \(taken.sender), whom no client has named")
                continue
            }
            if taken.recipients != mail.accepted {
                complaints.append("taken for \(taken.recipients), and the client was told \(mail.accepted)")
            }
            let content = String(decoding: taken.content, as: UTF8.self)
            let expected = dialogue.traits.addedHeader + mail.content
            if dialogue.traits.addsTraceField ? !content.hasSuffix(mail.content) : content != expected {
                complaints.append("taken as \(content.debugDescription)")
            }
        }
        return complaints
    }
}
