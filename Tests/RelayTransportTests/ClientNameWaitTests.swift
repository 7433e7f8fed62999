import Testing
import TranscriptKit

@testable import RelayTransport

/// Sessions that wait for the name of their client.
@Suite struct ClientNameWaitTests {
    private let names = GatedNames()

    private func stage() async throws -> SocketStage {
        let policy = """
            policy:
              policy: test
              rules:
                - name: named
                  at: helo
                  when: { client.name: mail.example.net }
                  then: { reject: "550 5.7.1 No {client.name}" }
            """
        return try await SocketStage(Transcript(name: "names", text: policy + "\n"), names: names)
    }

    @Test func aSessionWaitsForTheAnswerAndThenGoesOn() async throws {
        let stage = try await stage()
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        // What is sent meanwhile waits too.
        try stage.clientSays(Array("EHLO client.example\r\nNOOP\r\nQUIT\r\n".utf8))
        var arrivals = names.arrivals.makeAsyncIterator()
        await arrivals.next()
        names.answer()
        #expect(try stage.clientHears()?.hasPrefix("550 5.7.1 No mail.example.net") == true)
        #expect(try stage.clientHears() == "250 2.0.0 Ok")
        #expect(try stage.clientHears()?.hasPrefix("221 ") == true)
        await stage.server.shutdown(grace: .zero)
    }

    @Test func theEventLoopServesOthersMeanwhile() async throws {
        let stage = try await stage()
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        try stage.clientSays(Array("EHLO client.example\r\n".utf8))
        var arrivals = names.arrivals.makeAsyncIterator()
        await arrivals.next()
        let others = try (0..<8).map { _ in try stage.anotherClient() }
        for other in others { #expect(try other.readLine() == "220 mx.example.com ESMTP") }
        names.answer()
        #expect(try stage.clientHears()?.hasPrefix("550 5.7.1 No mail.example.net") == true)
        await stage.server.shutdown(grace: .zero)
    }

    /// It may read what it is owed still: the session ends with the answer, at the latest with the deadline for it.
    @Test func aClientThatSendsNoMoreIsAnsweredAndThenForgotten() async throws {
        let stage = try await stage()
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        try stage.clientSays(Array("EHLO client.example\r\n".utf8))
        stage.client.endOutput()
        var arrivals = names.arrivals.makeAsyncIterator()
        await arrivals.next()
        names.answer()
        #expect(try stage.clientHears()?.hasPrefix("550 5.7.1 No mail.example.net") == true)
        #expect(try stage.clientHears() == nil)
        while stage.server.sessionCount > 0 { await Task.yield() }
        await stage.server.shutdown(grace: .zero)
    }

    @Test func aClientThatGoesAwayMeanwhileIsForgotten() async throws {
        var stage = try await stage()
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        try stage.clientSays(Array("EHLO client.example\r\n".utf8))
        var arrivals = names.arrivals.makeAsyncIterator()
        await arrivals.next()
        stage.client.resetWhenClosed()
        #expect(try stage.event(.clientCloses))
        #expect(try stage.clientHears() == "220 mx.example.com ESMTP")
        while stage.server.sessionCount > 1 { await Task.yield() }
        // The next client finds the answer.
        names.answer()
        try stage.clientSays(Array("EHLO client.example\r\n".utf8))
        #expect(try stage.clientHears()?.hasPrefix("550 5.7.1 No mail.example.net") == true)
        #expect(names.questionCount == 1)
        await stage.server.shutdown(grace: .zero)
    }
}
