import Testing

@testable import SMTPProtocol

@Suite struct SASLIdentityTests {
    @Test(
        "the first response tells who the client claims to be",
        arguments: [
            (.plain, "\0ann\0pass", "ann"), (.plain, "boss\0ann\0pass", "ann"),
            (.plain, "\0ann@example.net\0", "ann@example.net"),
            (.plain, "\0zoë\0pass", "zoë"), (.login, "ann", "ann"), (.cramMD5, "ann b 0123456789abcdef", "ann b"),
            (.scramSHA1, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "user"),
            (.scramSHA256, "y,a=boss,n=a=2Cb=3Dc,r=x", "a,b=c"),
            (.xoauth2, "user=someuser@example.com\u{1}auth=Bearer vF9dft4qmT\u{1}\u{1}", "someuser@example.com"),
            (.xoauth2, "auth=Bearer vF9dft4qmT\u{1}user=ann\u{1}\u{1}", "ann"),
            (
                .oauthBearer,
                "n,a=user@example.com,\u{1}host=server\u{1}auth=Bearer vF9dft\u{1}\u{1}",
                "user@example.com"
            ),
        ] as [(SASLMechanism, String, String)])
    func user(mechanism: SASLMechanism, response: String, user: String) {
        var identity = SASLIdentity(mechanism)
        identity.responded(Array(response.utf8))
        #expect(identity.user == user)
        identity.responded(Array("\0other\0more".utf8))
        #expect(identity.user == user)
    }

    @Test(
        "what cannot be read tells nobody",
        arguments: [
            (.plain, ""), (.plain, "ann pass"), (.plain, "\0\0pass"), (.plain, "a\0b\0c\0d"), (.plain, "\0a\nb\0pass"),
            (.login, ""), (.login, "a\u{7F}"), (.cramMD5, "0123456789abcdef"), (.scramSHA1, "n,,r=x"),
            (.scramSHA1, "n,,n=a=2Db,r=x"), (.scramSHA1, "n=user"), (.xoauth2, "auth=Bearer x\u{1}\u{1}"),
            (.oauthBearer, "n,,\u{1}auth=Bearer x\u{1}\u{1}"), (.oauthBearer, ""),
            (.login, String(repeating: "a", count: 256)),
        ] as [(SASLMechanism, String)])
    func nobody(mechanism: SASLMechanism, response: String) {
        var identity = SASLIdentity(mechanism)
        identity.responded(Array(response.utf8))
        #expect(identity.user == nil)
    }

    @Test("a password that LOGIN asks for first is not taken for a name")
    func passwordFirst() {
        var identity = SASLIdentity(.login)
        identity.challenged(SASLText.encode(Array("Password:".utf8)))
        identity.responded(Array("tanstaaf1".utf8))
        #expect(identity.user == nil)
        identity = SASLIdentity(.login)
        identity.challenged(SASLText.encode(Array("Username:".utf8)))
        identity.responded(Array("ann".utf8))
        identity.challenged(SASLText.encode(Array("Password:".utf8)))
        identity.responded(Array("tanstaaf1".utf8))
        #expect(identity.user == "ann")
    }

    @Test("no octets stop it")
    func anything() {
        var random = SplitMix64(seed: 4954)
        for mechanism in SASLMechanism.allCases {
            for _ in 0..<300 {
                let octets = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    Array("\0\u{1},=nau2C3Dauth é".utf8).randomElement(using: &random) ?? 0
                }
                var identity = SASLIdentity(mechanism)
                identity.responded(octets)
                if let user = identity.user { #expect(!user.isEmpty && !ControlCharacters.areIn(user)) }
            }
        }
    }
}
