import RelayTransport
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        "127.0.0.1:25", "[2001:db8::1]:587", "mail.example.com:25", "unix:/run/gatepost.sock", "0.0.0.0:0",
    ])
    func printsWhatItRead(_ text: String) {
        #expect(Endpoint(text)?.description == text)
    }

    @Test(arguments: [
        "", "25", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "2001:db8::1:25x", "unix:relative", ":25",
        "[127.0.0.1]:25", "host name:25", "127.0.0.1:-1",
    ])
    func refusesWhatIsNoPlace(_ text: String) {
        #expect(Endpoint(text) == nil)
    }
}
