import Policy
import Testing

@testable import PolicyFiles

/// The policy that introduces the language does what its pages say.
struct LanguageExampleTests {
    private static let text = #"""
        policy: organisation
        description: What Example Ltd asks of mail that passes its front door.

        lists:
          ours:    [example.com, .example.org]
          office:  [192.0.2.0/24, 2001:db8:1::/48]

        rules:
          - name: no-address-probing
            when: { command: [VRFY, EXPN] }
            then: { reply: "252 2.5.0 Cannot verify the user, but will try to deliver" }

          - name: too-large
            when: { message.size: { over: 25 MiB } }
            then: { reject: 552 5.3.4 Message is larger than this site accepts }

          - name: undeclared-eight-bit
            when: { mail.body: 7BIT, message.eight-bit: true }
            then: { reject: 554 5.6.0 Eight-bit content was not declared with BODY=8BITMIME }

          - name: our-name-from-outside
            when:
              client.address: { not-in: office }
              header.from.domain: { in: ours }
            unless: { auth.user: { exists: true } }
            then:
              - add-header: { X-Gatepost-Notice: "from outside, {client.address}" }
              - rewrite-header: { name: Subject, match: '^(?!\[EXTERNAL\])', replace: '[EXTERNAL] ' }

          - name: hide-inside-hops
            when: { client.address: { in: office } }
            then: { remove-header: { name: Received, matches: '\b10\.\d+\.\d+\.\d+\b' } }

        tests:
          - name: a stranger using our domain is marked
            given:
              client: 203.0.113.9
              sender: someone@example.net
              recipients: [user@example.com]
              message: |
                From: Boss <boss@example.com>
                Subject: urgent

                Please pay.
            expect:
              verdict: accept
              rules: [our-name-from-outside]
              header: { Subject: "[EXTERNAL] urgent" }

          - name: a mark that is there is not doubled
            given:
              client: 203.0.113.9
              message: |
                From: boss@sub.example.org
                Subject: [EXTERNAL] urgent

            expect:
              header: { Subject: "[EXTERNAL] urgent", X-Gatepost-Notice: "from outside, 203.0.113.9" }

          - name: hops inside are hidden
            given:
              client: 2001:db8:1::7
              message: |
                Received: from a (10.1.2.3)
                Received: from b (192.0.2.1)
                From: boss@example.com

            expect: { rules: [hide-inside-hops], header: { Received: from b (192.0.2.1) } }

          - name: VRFY is not answered
            given: { command: VRFY boss }
            expect: { reply: 252 2.5.0 Cannot verify the user, verdict: reply }

          - name: a large message is refused
            given: { message-size: 30 MiB }
            expect: { verdict: reject, reply: 552 5.3.4 Message is larger than this site accepts }

          - name: undeclared eight-bit content is refused
            given: { message: "Subject: é" }
            expect: { verdict: reject, stage: message, rules: [undeclared-eight-bit] }
        """#

    @Test("the example loads, and its tests pass")
    func passes() {
        let loaded = PolicyFile.load(text: Self.text, path: "organisation.yaml")
        #expect(loaded.diagnostics.map(\.location.line) == [32])
        #expect(loaded.diagnostics.first?.message.contains("trace fields") == true)
        let results = PolicyTestRunner.run(loaded.files)
        #expect(results.count == 6)
        #expect(results.flatMap(\.failures).map(\.description) == [])
    }

    @Test("the example's rules run at the stages at which what they need is known")
    func stages() {
        let summary = PolicyFile.load(text: Self.text, path: "organisation.yaml").set?.summary
        #expect(summary?.policies.first?.rules.map(\.stage) == [.command, .message, .message, .header, .header])
    }
}
