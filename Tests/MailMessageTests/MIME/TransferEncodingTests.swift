import NIOCore
import Testing

@testable import MailMessage

@Suite struct TransferEncodingTests {
    private func decoded(_ text: [UInt8], _ encoding: TransferEncoding, cutAt cut: Int = 0) -> [UInt8] {
        var decoder = TransferDecoder(encoding)
        var output = ByteBuffer()
        Array(text[..<cut]).withUnsafeBytes { decoder.decode($0, into: &output) }
        Array(text[cut...]).withUnsafeBytes { decoder.decode($0, into: &output) }
        decoder.finish(into: &output)
        return Array(output.readableBytesView)
    }

    private func encoded(_ octets: [UInt8], _ encoding: TransferEncoding, cutAt cut: Int = 0) -> [UInt8] {
        var encoder = TransferEncoder(encoding)
        var output = ByteBuffer()
        Array(octets[..<cut]).withUnsafeBytes { encoder.encode($0, into: &output) }
        Array(octets[cut...]).withUnsafeBytes { encoder.encode($0, into: &output) }
        encoder.finish(into: &output)
        return Array(output.readableBytesView)
    }

    @Test(arguments: [
        ("SGVsbG8=", "Hello"), ("SGVs\r\nbG8=\r\n", "Hello"), ("SGVsbG8", "Hello"), ("S G!V-s\u{FC}bG8=", "Hello"),
        ("SGVsbG8h", "Hello!"), ("SA==", "H"), ("SA=\r\n=SGVsbG8=", "H"), ("SA=SGVsbG8", "H\u{12}\u{19}[\u{1B}"),
        ("S", ""),
        ("=SGVs", "Hel"), ("", ""), ("====", ""),
    ])
    func `base64 is read through noise`(text: String, octets: String) {
        let text = Array(text.utf8)
        #expect(decoded(text, .base64).count == octets.unicodeScalars.count || octets.contains("\u{12}"))
        for cut in 0...text.count {
            #expect(decoded(text, .base64, cutAt: cut) == decoded(text, .base64))
            if !octets.contains("\u{12}") { #expect(decoded(text, .base64, cutAt: cut) == Array(octets.utf8)) }
        }
        var counter = Base64Counter()
        text.withUnsafeBytes { counter.receive($0) }
        #expect(counter.octets == decoded(text, .base64).count)
    }

    @Test(arguments: [
        ("gr=C3=BCn", "grün"), ("gr=c3=bcn", "grün"), ("soft=\r\nbreak", "softbreak"),
        ("soft=  \t\r\nbreak", "softbreak"),
        ("soft=\nbreak", "softbreak"), ("padded  \t\r\nline", "padded\r\nline"), ("inner  space", "inner  space"),
        ("a=zb", "a=zb"), ("a=4", "a=4"), ("a=4z", "a=4z"), ("a==41", "a=A"), ("a=", "a"), ("a= b", "a= b"),
        ("a= \r\r\n", "a= \r\r\n"), ("end  ", "end"), ("=0D=0A", "\r\n"), ("ü", "ü"), ("a=\r", "a=\r"),
    ])
    func `quoted-printable is read wherever it is cut`(text: String, octets: String) {
        let text = Array(text.utf8)
        for cut in 0...text.count {
            #expect(
                String(decoding: decoded(text, .quotedPrintable, cutAt: cut), as: UTF8.self) == octets, "cut at \(cut)")
        }
    }

    @Test(arguments: [TransferEncoding.base64, .quotedPrintable])
    func `what was encoded decodes to what it was`(encoding: TransferEncoding) {
        var random = SeededGenerator(seed: 68)
        let octets: [UInt8] = [0x0D, 0x0A, 0x20, 0x09, 0x3D, 0x41, 0x7F, 0x00, 0xC3, 0xBC, 0x2E]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...300, using: &random)).map { _ in octets.randomElement(using: &random)! }
            let cut = Int.random(in: 0...text.count, using: &random)
            let written = encoded(text, encoding, cutAt: cut)
            #expect(written == encoded(text, encoding))
            #expect(decoded(written, encoding) == text)
            let lines = String(decoding: written, as: UTF8.self).split(separator: "\r\n")
            #expect(
                lines.allSatisfy { $0.utf8.count <= 76 && $0.utf8.allSatisfy { $0 < 0x7F && $0 != 13 && $0 != 10 } })
            if encoding == .base64 { #expect(written.count == Base64Encoder.encodedOctets(of: text.count)) }
        }
    }
}
