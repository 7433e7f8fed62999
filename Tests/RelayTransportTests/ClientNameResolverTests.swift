import Dispatch
import NIOCore
import NIOPosix
import Policy
import SMTPProtocol
import Synchronization
import Testing

@testable import RelayTransport

/// A name service that answers each question when it is let, and counts them.
final class GatedNames: NameService {
    private let gate = DispatchSemaphore(value: 0)
    private let asked = Mutex(0)
    private let questions: AsyncStream<Void>.Continuation
    /// An element for each question that has come in.
    let arrivals: AsyncStream<Void>

    init() {
        (arrivals, questions) = AsyncStream.makeStream()
    }

    var questionCount: Int { asked.withLock { $0 } }

    func answer(_ count: Int = 1) {
        for _ in 0..<count { gate.signal() }
    }

    func name(of address: IPAddress) -> String? {
        asked.withLock { $0 += 1 }
        questions.yield()
        gate.wait()
        return "mail.example.net"
    }

    func addresses(of name: String, like address: IPAddress) -> [IPAddress] { [address] }
}

@Suite struct ClientNameResolverTests {
    private let service = GatedNames()
    private let loop = MultiThreadedEventLoopGroup.singleton.any()
    private let found = ClientNames(reverse: .found("mail.example.net"), confirmed: .found("mail.example.net"))

    private func resolver(_ change: (inout ClientNameResolver.Limits) -> Void = { _ in }) -> ClientNameResolver {
        var limits = ClientNameResolver.Limits()
        limits.threads = 2
        limits.deadline = .hours(1)
        change(&limits)
        let resolver = ClientNameResolver(service, limits: limits)
        resolver.start()
        return resolver
    }

    private func names(_ resolver: ClientNameResolver, _ number: UInt32) -> EventLoopFuture<ClientNames> {
        switch resolver.names(of: IPAddress(v4: number), for: loop) {
        case .known(let names): loop.makeSucceededFuture(names)
        case .awaited(let future): future
        }
    }

    private func isKnown(_ resolver: ClientNameResolver, _ number: UInt32) -> Bool {
        if case .known = resolver.names(of: IPAddress(v4: number), for: loop) { true } else { false }
    }

    @Test func sessionsOfOneClientShareAQuestionAndItsAnswer() async throws {
        let resolver = resolver()
        let waiting = (0..<10).map { _ in names(resolver, 1) }
        // Asked at once: on a busy machine this test may go on when the answer has been forgotten.
        let isKnown = waiting[0].map { _ in (self.isKnown(resolver, 1), self.service.questionCount) }
        service.answer()
        for future in waiting { #expect(try await future.get() == found) }
        #expect(try await isKnown.get() == (true, 1))
    }

    @Test func aWaitHasAnEndAndTheAnswerServesTheNextSession() async throws {
        let resolver = resolver { $0.deadline = .milliseconds(20) }
        let late = try await names(resolver, 1).get()
        #expect(late == .unknown("no answer within 20 ms"))
        service.answer()
        // The answer comes at some time behind the deadline.
        while !isKnown(resolver, 1) { await Task.yield() }
        #expect(try await names(resolver, 1).get() == found)
    }

    @Test func whatMayWaitIsBounded() async throws {
        let resolver = resolver { $0.waiting = 3 }
        let waiting = (1...3).map { names(resolver, $0) }
        #expect(
            try await names(resolver, 4).get() == .unknown("the names of 3 clients are being looked up already")
        )
        service.answer(3)
        for future in waiting { #expect(try await future.get() == found) }
        service.answer()
        #expect(try await names(resolver, 4).get() == found)
    }

    @Test func aQuestionThatHasWaitedTooLongForAThreadIsNotAsked() async throws {
        let resolver = resolver {
            $0.threads = 1
            $0.deadline = .milliseconds(20)
        }
        // On a busy machine the thread may come too late for the first question, too.
        while service.questionCount == 0 { _ = try await names(resolver, 1).get() }
        #expect(try await names(resolver, 2).get() == .unknown("no answer within 20 ms"))
        service.answer()
        while !isKnown(resolver, 1) { await Task.yield() }
        #expect(service.questionCount == 1)
    }

    @Test func aResolverThatIsClosedLetsThoseGoWhoWait() async throws {
        let resolver = resolver()
        let waiting = names(resolver, 1)
        var arrivals = service.arrivals.makeAsyncIterator()
        await arrivals.next()
        resolver.close()
        #expect(try await waiting.get() == .unknown("names are no longer looked up"))
        #expect(try await names(resolver, 2).get() == .unknown("names are no longer looked up"))
        service.answer()
        #expect(service.questionCount == 1)
    }
}
