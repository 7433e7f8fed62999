import Foundation
import NIOCore
import Testing

@testable import MailMessage

/// A message that others have written, its lines ended by CRLF.
struct SampleMessage: Sendable, CustomStringConvertible {
    let path: String
    let octets: [UInt8]

    var description: String { path }

    /// Those that are installed.
    static let all: [SampleMessage] = folders.flatMap { folder in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { $0.hasSuffix(".txt") }.compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map {
                SampleMessage(path: name, octets: withNetworkLineEnds([UInt8]($0)))
            }
        }
    }

    private static let folders =
        ["/usr/lib/python3/dist-packages/flufl/bounce/tests/data"]
        + ((try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? [])
        .filter { $0.hasPrefix("python3.") }.map { "/usr/lib/\($0)/test/test_email/data" }

    private static func withNetworkLineEnds(_ octets: [UInt8]) -> [UInt8] {
        var written: [UInt8] = []
        for (index, octet) in octets.enumerated() {
            let isPaired = octet == 0x0A && index > 0 && octets[index - 1] == 0x0D
            if isPaired { continue }
            written += octet == 0x0A || octet == 0x0D ? [0x0D, 0x0A] : [octet]
        }
        return written
    }
}

/// Messages that others have written: the test data of Python's email package, and bounces from servers of many makers
/// (Debian's libpython3.11-testsuite and python3-flufl.bounce).
@Suite(.enabled("samples are installed") { !SampleMessage.all.isEmpty })
struct SampleMessageTests {
    /// Places at which a message is cut: all of them with `GATEPOST_RUNS=all`, else at most so many.
    private static func cuts(_ count: Int) -> [Int] {
        let all = ProcessInfo.processInfo.environment["GATEPOST_RUNS"] == "all"
        return Array(stride(from: 0, to: count, by: all ? 1 : max(1, count / 40)))
    }

    @Test(arguments: SampleMessage.all)
    func `whatever is not changed is printed as it came`(sample: SampleMessage) {
        let fixture = MIMEFixture(octets: sample.octets)
        let plan = ContentPlan(fixture.scan())
        #expect(fixture.rewritten(plan) == sample.octets)
        #expect(fixture.rewritten(plan, cutAt: Array(fixture.content.indices)) == sample.octets)
    }

    @Test(arguments: SampleMessage.all)
    func `however the content is cut, the same is seen`(sample: SampleMessage) {
        let fixture = MIMEFixture(octets: sample.octets)
        let whole = fixture.scan()
        #expect(fixture.scan(cutAt: Array(fixture.content.indices)) == whole)
        let differing = Self.cuts(fixture.content.count).filter { fixture.scan(cutAt: [$0]) != whole }
        #expect(differing.isEmpty)
    }

    @Test(arguments: SampleMessage.all)
    func `however the message is cut, the header section is the same`(sample: SampleMessage) {
        let whole = Self.framed([sample.octets[...]])
        #expect(whole.header + whole.rest == sample.octets)
        #expect(Self.framed(sample.octets.indices.map { sample.octets[$0...$0] }) == whole)
        let differing = Self.cuts(sample.octets.count).filter {
            Self.framed([sample.octets[..<$0], sample.octets[$0...]]) != whole
        }
        #expect(differing.isEmpty)
    }

    private struct Framed: Equatable {
        var header: [UInt8]
        var rest: [UInt8]
    }

    private static func framed(_ pieces: [ArraySlice<UInt8>]) -> Framed {
        var framer = HeaderSectionFramer(limit: .max)
        for piece in pieces { _ = framer.receive(ByteBuffer(bytes: piece)) }
        _ = framer.endOfContent()
        let (section, rest) = framer.take()
        return Framed(header: Array(section.written().readableBytesView), rest: Array(rest.readableBytesView))
    }
}
