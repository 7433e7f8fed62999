import MailMessage
import NIOCore

/// How fast contents are scanned and decoded, on one core and without a network.
///
/// Prints for each task the MiB that it takes a second, the best of several runs, and the time beside that of copying the
/// same octets.
@main
enum ContentBenchmark {
    private static let runs = 9
    private static let octets = 10 << 20
    private static let slice = 64 << 10

    static func main() {
        let text = repeated("Whoever wants to know what a scanner costs has to give it a lot of mail.\r\n")
        let base64 = repeated("JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRv\r\n")
        let quoted = repeated("Gr=C3=BC=C3=9Fe, and a line that goes on until it is broken softly, which is=\r\n")
        let copied = seconds(base64) { slice in
            var copy = ByteBuffer()
            copy.writeImmutableBuffer(slice)
        }
        report("copy", base64, copied, beside: copied)

        for (name, content, encoding) in [
            ("decode base64", base64, TransferEncoding.base64), ("decode quoted-printable", quoted, .quotedPrintable),
        ] {
            var decoder = TransferDecoder(encoding)
            var output = ByteBuffer()
            let taken = seconds(content) { slice in
                output.clear()
                slice.withUnsafeReadableBytes { decoder.decode($0, into: &output) }
            }
            report(name, content, taken, beside: copied)
        }
        for (name, interests) in [
            ("names of attachments", MIMEScanner.Interests()), ("their sizes", .sizes), ("text", .text),
            ("encodings", .encodings),
        ] {
            for (kind, content, encoding) in [("base64", base64, "base64"), ("text", text, "7bit")] {
                let part = "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
                let header = HeaderSection(
                    parsing: ByteBuffer(string: "Content-Type: multipart/mixed; boundary=b\r\n"))
                var scanner = MIMEScanner(header: header, interests: interests)
                scanner.receive(ByteBuffer(string: "\r\n--b\r\n" + part))
                let taken = seconds(content) { scanner.receive($0) }
                report("scan \(kind) for \(name)", content, taken, beside: copied)
            }
        }
    }

    private static func repeated(_ line: String) -> ByteBuffer {
        var content = ByteBuffer()
        while content.readableBytes < octets { content.writeString(line) }
        return content
    }

    /// The least time in which all slices of a content are taken.
    private static func seconds(_ content: ByteBuffer, _ body: (ByteBuffer) -> Void) -> Double {
        let clock = ContinuousClock()
        return (0..<runs).map { _ in
            let taken = clock.measure {
                var rest = content
                while let next = rest.readSlice(length: min(slice, rest.readableBytes)), next.readableBytes > 0 {
                    body(next)
                }
            }
            return taken / .seconds(1)
        }.min() ?? 0
    }

    private static func report(_ task: String, _ content: ByteBuffer, _ seconds: Double, beside base: Double) {
        let speed = Int(Double(content.readableBytes) / seconds / Double(1 << 20))
        let times = (seconds / base * 10).rounded() / 10
        print("\(task): \(speed) MiB/s, \(times) times a copy")
    }
}
