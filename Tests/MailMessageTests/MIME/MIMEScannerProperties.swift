import NIOCore
import Testing

@testable import MailMessage

@Suite struct MIMEScannerProperties {
    private static let pieces = [
        "--b", "--b\r\n", "--b--\r\n", "--bb\r\n", "--bb--", "\r\n", "\r\n\r\n", "\n", "\r", "-", "--", "- -", "x", " ",
        "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: multipart/mixed; boundary=\"bb\"\r\n\r\n",
        "Content-Type: message/rfc822\r\n\r\n", "Content-Type: text/html\r\n", "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n", "SGVsbG8=", "=C3=BC=\r\n", "= ", "=", "\u{FC}", "line\r\n",
        "Content-Disposition: attachment; filename=a.exe\r\n", "-----BEGIN PGP SIGNED MESSAGE-----\r\n",
        "folded\r\n more",
    ]

    static func message(_ random: inout SeededGenerator) -> MIMEFixture {
        var octets = Array("Content-Type: multipart/mixed; boundary=b\r\n\r\n".utf8)
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            octets += Array(pieces.randomElement(using: &random)!.utf8)
        }
        return MIMEFixture(octets: octets)
    }

    @Test func `however the content is cut, the same is seen`() {
        var random = SeededGenerator(seed: 2045)
        for _ in 0..<100 {
            let fixture = Self.message(&random)
            let whole = fixture.scan()
            let octetByOctet = Array(fixture.content.indices)
            #expect(fixture.scan(cutAt: octetByOctet) == whole)
            for cut in fixture.content.indices {
                let split = fixture.scan(cutAt: [cut])
                #expect(split == whole, "cut at \(cut)")
                if split != whole { return }
            }
        }
    }

    @Test func `places lie within the content and within each other`() {
        var random = SeededGenerator(seed: 2046)
        for _ in 0..<600 {
            let fixture = Self.message(&random)
            let structure = fixture.scan()
            for part in structure.parts {
                #expect(part.header.upperBound <= part.body.lowerBound || part.parent == nil)
                #expect(part.body.upperBound <= fixture.content.count)
                guard let parent = part.parent.map({ structure.parts[$0] }) else { continue }
                #expect(parent.body.lowerBound <= part.header.lowerBound)
                #expect(part.body.upperBound <= parent.body.upperBound)
                #expect(part.depth == parent.depth + 1)
            }
        }
    }

    @Test func `measured sizes are those of decoding`() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<600 {
            let fixture = Self.message(&random)
            for part in fixture.scan(.sizes).parts where !part.isContainer {
                #expect(part.decodedOctets == fixture.decoded(part).count)
            }
        }
    }
}

@Suite struct HostileStructureTests {
    @Test func `deep nesting is bounded`() {
        let text =
            String(repeating: "Content-Type: multipart/mixed; boundary=b\n\n--b\n", count: 1)
            + (0..<2000).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
        let structure = MIMEFixture(text).scan()
        #expect(structure.parts.count == MIMEBounds().depth + 1)
        #expect(structure.depth == MIMEBounds().depth)
        #expect(structure.anomalies.contains(.tooDeep))
    }

    @Test func `messages within messages are bounded`() {
        let text = String(repeating: "Content-Type: message/rfc822\n\n", count: 2000)
        let structure = MIMEFixture(text).scan()
        #expect(structure.depth == MIMEBounds().depth && structure.anomalies.contains(.tooDeep))
    }

    @Test func `a million parts are bounded`() {
        let fixture = MIMEFixture("Content-Type: multipart/mixed; boundary=b\n\n")
        let parts = ByteBuffer(string: String(repeating: "--b\r\n\r\nx\r\n", count: 10_000))
        var scanner = MIMEScanner(header: fixture.header)
        scanner.receive(ByteBuffer(bytes: fixture.content))
        for _ in 0..<100 { scanner.receive(parts) }
        let structure = scanner.end()
        #expect(structure.parts.count == MIMEBounds().parts && structure.anomalies.contains(.tooManyParts))
    }

    @Test func `the header section of a part is bounded`() {
        let long = String(repeating: "X-Field: value\n", count: 10_000)
        for header in [long, "X: " + String(repeating: "y", count: 100_000) + "\n"] {
            let structure = MIMEFixture(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\(header)\nx\n--b\nContent-Type: text/html\n\ny\n--b--\n"
            ).scan()
            #expect(structure.outline == "0 multipart/mixed, 1 text/plain, 1 text/html")
            #expect(structure.anomalies == .headerTooLarge)
        }
    }

    @Test(
        arguments: ["-", "--", "--b", "x", "\n-", "--b x\n", "-\r", "<", "=", "= ", "&", "<a ='>"])
    func `one line of many octets takes linear time`(unit: String) {
        let many = String(repeating: unit, count: 200_000 / unit.utf8.count)
        let text =
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n"
            + "Content-Transfer-Encoding: quoted-printable\n\n\(many)\n--b--\n"
        #expect(MIMEFixture(text).scan().outline == "0 multipart/mixed, 1 text/html")
    }
}
