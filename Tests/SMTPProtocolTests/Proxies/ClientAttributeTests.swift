import NIOCore
import SMTPProtocol
import Testing

@Suite("What XCLIENT and XFORWARD say") struct ClientAttributeTests {
    private static func parsed(_ line: String) throws -> Command { try Command(parsing: ByteBuffer(string: line)) }

    @Test("attributes are read in any case, xtext and all") func reading() throws {
        let command = try Self.parsed("xclient Name=a.example ADDR=IPV6:2001:db8::1  helo=x+3Dy LOGIN=[unavailable]")
        let expected: [ClientAttribute] = [
            ClientAttribute(.name, .text("a.example")), ClientAttribute(.address, .text("IPV6:2001:db8::1")),
            ClientAttribute(.helo, .text("x=y")), ClientAttribute(.login, .unavailable),
        ]
        #expect(command == .xclient(expected))
        #expect(try Self.parsed("XFORWARD IDENT=1 SOURCE=LOCAL").verb == .xforward)
        var line = ByteBuffer()
        command.write(into: &line)
        #expect(
            String(buffer: line)
                == "XCLIENT NAME=a.example ADDR=IPV6:2001:db8::1 HELO=x+3Dy LOGIN=[UNAVAILABLE]\r\n")
    }

    @Test("an address has its prefix when it is IPv6") func addresses() throws {
        let six = try #require(IPAddress("2001:db8::1"))
        let four = try #require(IPAddress("192.0.2.1"))
        #expect(ClientAttribute.text(of: six) == "IPV6:2001:db8::1")
        #expect(ClientAttribute.text(of: four) == "192.0.2.1")
        #expect(ClientAttribute.address(of: "ipv6:2001:db8::1") == six)
        #expect(ClientAttribute.address(of: "192.0.2.1") == four)
        for text in ["2001:db8::1", "IPV6:", "IPV6:x", "", "[192.0.2.1]"] {
            #expect(ClientAttribute.address(of: text) == nil)
        }
    }

    @Test("what is longer than 255 octets in xtext is not told") func long() {
        let fits = ClientAttribute(.helo, .text(String(repeating: "a", count: 255)))
        #expect(fits.written.utf8.count == 5 + 255)
        #expect(ClientAttribute(.helo, .text(String(repeating: "a", count: 256))).written == "HELO=[UNAVAILABLE]")
        #expect(ClientAttribute(.helo, .text(String(repeating: "+", count: 86))).written == "HELO=[UNAVAILABLE]")
        #expect(ClientAttribute(.helo, .text("")).written == "HELO=[UNAVAILABLE]")
    }

    @Test("control characters have no way in", arguments: ["+0D+0A", "+00", "+C2+85", "+7F", "+ZZ", "+", "é", ""])
    func refused(_ value: String) {
        #expect(throws: CommandSyntaxError.invalidParameter("NAME")) { try Self.parsed("XCLIENT NAME=\(value)") }
    }
}
