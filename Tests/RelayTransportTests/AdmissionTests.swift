import RelayCore
import SMTPProtocol
import Testing

@testable import RelayTransport

@Suite struct AdmissionTests {
    @Test func turnsAwayAboveTheLimitOfAllSessions() {
        let admission = Admission(sessions: 2, perClient: 10)
        #expect(admission.admit(IPAddress("192.0.2.1")) == nil)
        #expect(admission.admit(IPAddress("192.0.2.2")) == nil)
        #expect(admission.admit(IPAddress("192.0.2.3")) == .overloaded)
        admission.leave(IPAddress("192.0.2.1"))
        #expect(admission.admit(IPAddress("192.0.2.3")) == nil)
        #expect(admission.count == 2)
    }

    @Test func turnsAwayAboveTheLimitOfOneClient() {
        let admission = Admission(sessions: 100, perClient: 1)
        let client = IPAddress("2001:db8::1")
        #expect(admission.admit(client) == nil)
        #expect(admission.admit(client) == .tooManyFromClient)
        #expect(admission.count == 1)
        admission.leave(client)
        #expect(admission.admit(client) == nil)
    }

    @Test func aSessionThatIsAnothersCountsThere() {
        let admission = Admission(sessions: 10, perClient: 1)
        let (proxy, client) = (IPAddress("192.0.2.1"), IPAddress("192.0.2.2"))
        #expect(admission.admit(nil) == nil)
        #expect(admission.move(from: nil, to: client) == nil)
        #expect(admission.admit(client) == .tooManyFromClient)
        #expect(admission.admit(proxy) == nil)
        #expect(admission.count == 2)
        // One too many is counted nowhere.
        #expect(admission.move(from: proxy, to: client) == .tooManyFromClient)
        #expect(admission.count == 1)
        #expect(admission.admit(proxy) == nil)
        admission.leave(client)
        #expect(admission.move(from: proxy, to: client) == nil)
        #expect(admission.count == 1)
    }

    @Test(arguments: [IPAddress("127.0.0.1"), IPAddress("::1"), nil])
    func doesNotCountTheOperatorsOwnPrograms(_ client: IPAddress?) {
        let admission = Admission(sessions: 100, perClient: 1)
        #expect(admission.admit(client) == nil)
        #expect(admission.admit(client) == nil)
    }
}

@Suite struct SessionIdentifierTests {
    @Test func areDistinctAndReadable() {
        var identifiers = SessionIdentifiers(startingAt: .max)
        let made = (0..<1000).map { _ in identifiers.make() }
        #expect(Set(made).count == 1000)
        #expect(made.allSatisfy { $0.count == 10 && $0.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".contains($0) } })
    }
}
