import Testing

@testable import MailMessage

@Suite struct RewritingProperties {
    @Test func `without a change the octets are those that came`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            let fixture = MIMEScannerProperties.message(&random)
            #expect(fixture.rewritten(ContentPlan(fixture.scan())) == fixture.octets)
        }
    }

    @Test func `what was made seven bits decodes to what it was`() throws {
        var random = SeededGenerator(seed: 6152)
        var changed = 0
        for _ in 0..<800 {
            let fixture = MIMEScannerProperties.message(&random)
            let before = fixture.scan()
            var plan = ContentPlan(before)
            do { try plan.makeSevenBit(breakingDomainSignatures: true) } catch { continue }
            let written = fixture.rewritten(plan)
            if written != fixture.octets { changed += 1 }
            #expect(written.allSatisfy { $0 < 0x80 })
            let cuts = (0..<3).map { _ in Int.random(in: 0...fixture.content.count, using: &random) }
            #expect(fixture.rewritten(plan, cutAt: cuts) == written)

            let rewritten = MIMEFixture(octets: written)
            let after = rewritten.scan()
            #expect(after.outline == before.outline)
            for (old, new) in zip(before.parts, after.parts) where !old.isContainer {
                #expect(rewritten.decoded(new) == fixture.decoded(old), "\(fixture.octets)")
                if !old.hasEightBit { #expect(rewritten.body(of: new) == fixture.body(of: old)) }
                if rewritten.decoded(new) != fixture.decoded(old) { return }
            }
        }
        #expect(changed > 80)
    }

    @Test func `the encoding that is taken is the shorter one`() throws {
        var random = SeededGenerator(seed: 76)
        for _ in 0..<100 {
            let share = Int.random(in: 1...20, using: &random)
            let body = (0..<Int.random(in: 1...600, using: &random)).map { index in
                index % 70 == 69 ? "\n" : Int.random(in: 0..<20, using: &random) < share ? "\u{FC}" : "a "
            }.joined()
            let fixture = MIMEFixture("Content-Type: text/plain; charset=utf-8\n\n\(body)")
            let part = fixture.scan(.encodings).parts[0]
            guard part.hasEightBit else { continue }
            let sizes = [TransferEncoding.quotedPrintable, .base64].map { encoding in
                var plan = ContentPlan(fixture.scan(.encodings))
                plan.encode(0, as: encoding)
                return fixture.rewritten(plan).count
            }
            let base64 = sizes[1] - "base64".utf8.count - 2
            let quoted = sizes[0] - "quoted-printable".utf8.count
            #expect(part.shorterEncoding == (quoted <= base64 ? .quotedPrintable : .base64))
        }
    }
}
