import Foundation
import NIOCore
import RelayCore
import Testing
import TranscriptKit

@testable import RelayTransport

/// The spool as files, and the sessions that use it over sockets.
@Suite(.serialized) struct SpoolSocketTests {
    private static let rule = """
        held: 65536
        spool: 20000000
        policy:
          policy: test
          rules:
            - name: mark
              when: { message.size: { over: 20 } }
              then: { add-header: { X-Large: "yes" } }

        @ready
        @mail <a@example.net> <b@example.com>
        @data

        """

    private static let message: String = {
        let line = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n"
        return "Subject: large\r\n\r\n" + (0..<6000).map { "\($0) \(line)" }.joined()
    }()

    private func stage() async throws -> SocketStage {
        let transcript = try Transcript(name: "spool", text: Self.rule)
        var stage = try await SocketStage(transcript)
        #expect(try TranscriptPlayer.play(transcript, on: &stage).isEmpty)
        return stage
    }

    /// Sends from a thread of its own: nothing drains before the other side is read.
    private func send(_ text: String, from client: TestSocket) {
        Thread { try? client.write(Array(text.utf8)) }.start()
    }

    private func wait(_ what: String, until condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !condition() {
            guard ContinuousClock.now < end else { throw TestSocket.Failure(what) }
            await Task.yield()
        }
    }

    private func expectNothingIsLeft(_ stage: borrowing SocketStage) async throws {
        let server = stage.server
        let folder = stage.spoolFolder
        // Files are closed on threads of their own.
        try await wait("the spool is empty") {
            server.held == HeldMessages(memory: 0, spool: 0) && SpoolFiles.open(below: folder.path) == 0
        }
        #expect(folder.isEmpty)
    }

    @Test func aLargeMessageArrivesByWayOfTheSpool() async throws {
        let stage = try await stage()
        let message = Self.message
        send(message + ".\r\n", from: stage.client)
        #expect(try stage.upstreamHears() == "DATA")
        #expect(stage.server.held.spool > 400_000)
        #expect(SpoolFiles.open(below: stage.spoolFolder.path) == 1)
        #expect(stage.spoolFolder.isEmpty)
        try stage.upstreamSays(Array("354 Go ahead\r\n".utf8))
        #expect(try stage.upstreamHears() == "X-Large: yes")
        var lines = message.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()[...]
        var differences = 0
        while let expected = lines.popFirst(), differences == 0 {
            if try stage.upstreamHears() != String(expected) { differences += 1 }
        }
        #expect(differences == 0)
        #expect(try stage.upstreamHears() == ".")
        try await expectNothingIsLeft(stage)
        try stage.upstreamSays(Array("250 2.0.0 Ok\r\n".utf8))
        #expect(try stage.clientHears() == "250 2.0.0 Ok")
        await stage.server.shutdown(grace: .zero)
    }

    /// The upstream takes a part and goes; or it never reads and the client goes, or the server.
    @Test(arguments: ["client within", "client behind", "upstream within", "upstream behind", "shutdown behind"])
    func whoeverLeavesLeavesNothingBehind(_ who: String) async throws {
        var stage = try await stage()
        let isWithin = who.hasSuffix("within")
        send(LargeMessageTests.message + (isWithin ? "" : ".\r\n"), from: stage.client)
        let server = stage.server
        if isWithin {
            let count = LargeMessageTests.message.utf8.count - 64
            try await wait("all is held") { server.held.memory + server.held.spool >= count }
        } else {
            #expect(try stage.upstreamHears() == "DATA")
            try stage.upstreamSays(Array("354 Go ahead\r\n".utf8))
            #expect(try stage.upstreamHears() == "X-Large: yes")
            #expect(stage.server.held.spool > 0)
        }
        switch who {
        case "client within", "client behind":
            stage.client.resetWhenClosed()
            _ = try stage.event(.clientCloses)
        case "upstream within", "upstream behind":
            _ = try stage.event(.upstreamCloses)
        default:
            server.endSessions(immediately: true)
        }
        try await expectNothingIsLeft(stage)
        await stage.server.shutdown(grace: .zero)
    }

    @Test func aFolderThatIsGoneLeavesTheMessageWithTheClient() async throws {
        let stage = try await stage()
        try FileManager.default.removeItem(atPath: stage.spoolFolder.path)
        send(LargeMessageTests.message + ".\r\n", from: stage.client)
        #expect(try stage.clientHears()?.hasPrefix("451 4.3.0 The message cannot be held now") == true)
        #expect(try stage.upstreamHears() == "RSET")
        #expect(stage.server.held == HeldMessages(memory: 0, spool: 0))
        await stage.server.shutdown(grace: .zero)
    }

    // MARK: Files

    @Test func aFileGivesBackWhatItWasGivenAndHasNoName() throws {
        let folder = TestFolder()
        let file = SpoolFile(in: folder.path)
        try file.append(ByteBuffer(string: "one"))
        try file.append(ByteBuffer(string: "two"))
        #expect(folder.isEmpty)
        #expect(SpoolFiles.open(below: folder.path) == 1)
        #expect(String(buffer: try file.read(upTo: 4)) == "onet")
        try file.append(ByteBuffer(string: "three"))
        #expect(String(buffer: try file.read(upTo: 100)) == "wothree")
        #expect(try file.read(upTo: 100).readableBytes == 0)
        file.close()
        #expect(SpoolFiles.open(below: folder.path) == 0)
    }

    @Test func aFolderMustBeOfItsUserAlone() throws {
        let folder = TestFolder()
        #expect(SpoolFolder.problem(at: folder.path) == nil)
        #expect(SpoolFolder.problem(at: folder.path + "/none") == "cannot be looked at: No such file or directory")
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        #expect(SpoolFolder.problem(at: folder.path + "/file") == "is not a folder")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        #expect(
            SpoolFolder.problem(at: folder.path)
                == "is open to every user (permissions 0755); expected 0700 or 0750")
    }
}

/// Descriptors of files that have no name any more.
enum SpoolFiles {
    static func open(below folder: String) -> Int {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.count {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            return target?.hasPrefix(folder + "/") == true
        }
    }
}
