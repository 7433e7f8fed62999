@testable import RelayCore
import SMTPProtocol
import Testing

@Suite struct OwnReplyTests {
    @Test(arguments: OwnReply.allCases)
    func carriesAnEnhancedCodeOfItsClassAndTheSession(_ row: OwnReply) {
        let reply = row.reply(session: "0123456789")
        if row == .dataGoAhead {
            #expect(row.enhancedStatusCode == nil)
        } else {
            #expect(row.enhancedStatusCode?.description.hasPrefix("\(row.code.rawValue / 100).") == true)
        }
        #expect(reply.code.description == row.code.description)
        #expect(reply.lines.first?.hasSuffix("(0123456789)") == (row.code.rawValue >= 400))
        #expect(reply.lines.allSatisfy { $0.utf8.count < 500 })
    }

    /// Trouble that may pass is always 4yz (protocol row 24a).
    @Test(arguments: [
        UpstreamTrouble.unreachable("x"), .unidentified("x"), .closed, .silent, .confused("x"), .capabilitiesShrank,
        .shuttingDown(Reply(.ok, nil, "x")),
    ])
    func upstreamTroubleIsTransient(_ trouble: UpstreamTrouble) {
        #expect(trouble.reply.code.severity == .transientNegative)
    }
}
