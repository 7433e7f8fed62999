import NIOCore
import Policy
import SMTPProtocol
import Testing

@testable import RelayCore

@Suite struct ClientDescriptionTests {
    private static func description(helo: String = "client.example") throws -> ClientDescription {
        var client = ClientIdentity(address: IPAddress("192.0.2.7"), port: 4711)
        client.destination = .init(try #require(IPAddress("203.0.113.1")), 25)
        return ClientDescription(
            client: client, names: ClientNames.none, helo: HeloArgument(helo), isExtended: true, encryption: nil,
            session: "s1"
        )
    }

    /// RFC 5321 4.5.3.1.4: what does not fit into one command goes in several.
    @Test func commandsKeepTo512Octets() throws {
        var description = try Self.description(helo: String(repeating: "a", count: 255))
        let name = String(repeating: "b", count: 240)
        description.names = ClientNames(reverse: .found(name), confirmed: .found(name))
        let commands = description.xforward(offered: ClientAttribute.Name.allCases.map(\.rawValue))
        #expect(commands.count > 1)
        for command in commands {
            var line = ByteBuffer()
            command.write(into: &line)
            #expect(line.readableBytes <= 512)
        }
    }

    @Test func nothingIsToldThatIsNotUnderstood() throws {
        #expect(try Self.description().xforward(offered: ["COLOUR"]).isEmpty)
        #expect(try Self.description().xclient(offered: ["HELO", "COLOUR"]).map(\.written) == ["HELO=client.example"])
    }

    @Test(arguments: ["two words", "zoë.example", "", String(repeating: "a", count: 256)])
    func aNameThatAnUpstreamMightNotTakeIsNotSpoken(_ helo: String) throws {
        #expect(try Self.description(helo: helo).spokenName == nil)
    }

    @Test func aClientWithoutAnAddressIsOurOwnConnection() throws {
        var description = try Self.description()
        description.client.address = nil
        #expect(description.proxyHeader == ProxyHeader())
        #expect(description.xclient(offered: ["ADDR"]).map(\.written) == ["ADDR=[UNAVAILABLE]"])
    }

    @Test func encryptionIsToldByVersionTwo() throws {
        var description = try Self.description()
        description.encryption = EncryptionFacts(
            version: "TLSv1.3", cipher: "C", fingerprint: "AB", subject: "O=Example\\, Inc.,CN=a b,C=DE"
        )
        #expect(description.proxyHeader.encryption == .init(version: "TLSv1.3", cipher: "C", commonName: "a b"))
    }

    @Test(arguments: ["a", "a,b", "a+b=c", " a ", "#a", "a\\\"<>;", "é", "CN=x"])
    func aCommonNameSurvivesItsSubject(_ name: String) {
        #expect(SubjectName.inside(SubjectName.subject(name)) == name)
    }

    @Test(arguments: ["O=x", "", "CN=", "CN=\\C3\\A9", "CN=a\\", "OU=CN=x"])
    func aSubjectWithoutAPlainNameHasNone(_ subject: String) {
        #expect(SubjectName.inside(subject) == nil)
    }
}
