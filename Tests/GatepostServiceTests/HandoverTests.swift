import RelayTransport
import Testing

@testable import GatepostService

@Suite struct HandoverTests {
    @Test func whatIsHandedOverIsReadBack() throws {
        let listeners: [ListeningSockets.Listener] = [
            .init(name: "mx \"1\"", descriptors: [7, 9]), .init(name: "b", descriptors: [11]),
        ]
        let sockets = ListeningSockets(listeners)
        let text = try Handover(sockets: sockets, link: 5, loops: 2, workers: 3).argument
        let read = try #require(Handover(argument: text))
        #expect(read.sockets.map(\.name) == ["mx \"1\"", "b"])
        #expect(read.sockets.map(\.descriptors) == [[7, 9], [11]])
        #expect([read.link, CInt(read.loops), CInt(read.workers)] == [5, 2, 3])
        #expect(read.patterns == nil)
        #expect(read.descriptors == [7, 9, 11, 5])
    }

    @Test func patternsOfAnotherWorkerAreInherited() throws {
        let handover = Handover(
            sockets: ListeningSockets([]), link: 5, loops: 1, workers: 1, patterns: PatternMemory(descriptor: 8))
        let read = try #require(Handover(argument: try handover.argument))
        #expect(read.patterns == 8)
        #expect(read.descriptors == [5, 8])
    }

    @Test func boundSocketsAreReadBackAndTakenOutOfTheArguments() throws {
        let sockets = ListeningSockets([.init(name: "mx", descriptors: [7, 9])])
        let text = try BoundSockets(sockets, workers: 2, loops: 3).argument
        let read = try #require(BoundSockets(argument: text))
        #expect(read.listeners.map(\.descriptors) == [[7, 9]])
        #expect([read.workers, read.loops] == [2, 3])
        let arguments = ["gatepost", "serve", "--config", "f"]
        #expect(BoundSockets.removed(from: arguments + [BoundSockets.option, text]) == arguments)
        #expect(BoundSockets.removed(from: arguments) == arguments)
    }

    @Test(arguments: ["", "{}", "7", "{\"link\":1}"])
    func anythingElseIsRefused(text: String) {
        #expect(Handover(argument: text) == nil)
    }
}
