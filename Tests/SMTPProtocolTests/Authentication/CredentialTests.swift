import NIOCore
import Testing

@testable import SMTPProtocol

@Suite struct CredentialTests {
    @Test("whatever prints a credential hides it")
    func hidden() {
        let credential = Credential("tanstaaf1")
        var dumped = ""
        dump(credential, to: &dumped)
        dump(Command.auth(mechanism: "PLAIN", initialResponse: credential), to: &dumped)
        let printed = [
            "\(credential)", String(reflecting: credential), "\(Optional(credential) as Any)", dumped,
            "\(Command.auth(mechanism: "PLAIN", initialResponse: credential))", "\([credential])",
            String(reflecting: Command.auth(mechanism: "PLAIN", initialResponse: credential)),
        ]
        for text in printed { #expect(!text.contains("tanstaaf1"), "\(text)") }
    }

    @Test("a response is one line, whatever is in it")
    func line() {
        var buffer = ByteBuffer()
        Credential("a\r\nQUIT\0").writeLine(into: &buffer)
        #expect(String(buffer: buffer) == "aQUIT\r\n")
    }

    @Test("base64 is read when it is whole, and not otherwise")
    func base64() {
        let whole = ["": "", "YQ==": "a", "YWI=": "ab", "YWJj": "abc", "YWJjZA==": "abcd", "+/+/": "\u{FB}"]
        for (text, octets) in whole where text != "+/+/" { #expect(SASLText.decode(text) == Array(octets.utf8)) }
        #expect(SASLText.decode("+/+/") == [0xFB, 0xFF, 0xBF])
        for text in ["Y", "YQ", "YQ=", "=", "====", "Y===", "YQ==YQ==", "YQ=a", "Y Q=", "YQ-_", "YQ==\n", "é==="] {
            #expect(SASLText.decode(text) == nil, "\(text)")
        }
        #expect(Credential("=").decodedInitially == [])
        #expect(Credential("").decodedInitially == nil)
        #expect(Credential("").decoded == [])
    }

    @Test("what is encoded is decoded to itself")
    func roundTrip() {
        var random = SplitMix64(seed: 10)
        for _ in 0..<500 {
            let count = Int.random(in: 0...40, using: &random)
            let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(SASLText.decode(SASLText.encode(octets)) == octets)
        }
    }
}
