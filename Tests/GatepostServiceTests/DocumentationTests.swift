import Foundation
import RelayCore
import SMTPProtocol
import Testing

@testable import GatepostService
@testable import Policy
@testable import PolicyFiles
@testable import RelayTransport

/// What the pages say is what the code does.
@Suite struct DocumentationTests {
    @Test func theReferenceNamesEveryKeyOfTheConfiguration() throws {
        let rows = try MarkdownPage("Documentation/configuration.md").rows(under: "key")
        let documented = rows.map { ConfigurationKeys.Row(path: $0[0].bare, form: $0[1], standard: $0[2]) }
        #expect(documented == ConfigurationKeys.rows)
    }

    /// A failure that others have had is held off by tests that are there.
    @Test func theTestsThatTheSecurityPageNamesExist() throws {
        let rows = try MarkdownPage("SECURITY.md").rows(under: "failure")
        let tests = try Repository.texts(below: "Tests", ["swift", "py"]).joined()
        #expect(rows.count > 10)
        for row in rows {
            let names = row[2].split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.map {
                String($0.element)
            }
            #expect(!names.isEmpty, "\(row[0])")
            for name in names {
                let isTranscript = (try? Repository.read("Tests/Transcripts/\(name).txt")) != nil
                #expect(isTranscript || tests.contains(name), "\(name)")
            }
        }
    }

    @Test func theReferenceNamesEveryAttribute() throws {
        let rows = try MarkdownPage("Documentation/policy.md").rows(under: "attribute")
        let headerAspects = HeaderAspect.allCases.map { aspect in
            let traits = AttributeTable.headerTraits(slot: 0, aspect)
            let name = aspect == .decoded ? "header.NAME" : "header.NAME.\(aspect.rawValue)"
            return [name, traits.kind.documented, traits.stage.name]
        }
        let attributes = AttributeTable.fixed.map { [$0.name, $0.traits.kind.documented, $0.traits.stage.name] }
        #expect(rows.map { [$0[0].bare, $0[1], $0[2]] } == attributes + headerAspects)
    }

    @Test func theReferenceNamesEveryOperatorAndAction() throws {
        let page = try MarkdownPage("Documentation/policy.md")
        #expect(page.rows(under: "operator").map(\.[0].bare) == Operator.allCases.map(\.rawValue))
        let actions = ActionName.allCases.map { action in
            let stages =
                action.stages.count == Stage.allCases.count ? "any" : action.stages.map(\.name).joined(separator: ", ")
            return [action.rawValue, stages]
        }
        #expect(page.rows(under: "action").map { [$0[0].bare, $0[1]] } == actions)
    }

    @Test func theReferenceNamesEveryKeyOfARate() throws {
        let rows = try MarkdownPage("Documentation/policy.md").rows(under: "key of `rate`")
        #expect(rows.map(\.[0].bare) == RateReader.keys)
    }

    @Test func theReferenceNamesTheBoundsOfRatesAndNames() throws {
        let page = try Repository.read("Documentation/policy.md")
        #expect(page.contains("500 000 of them") && RateCounters.standardCapacity == 500_000)
        #expect(page.contains("at most 5 seconds") && ClientNameResolver.Limits().deadline == .seconds(5))
        let operations = try Repository.read("Documentation/operations.md")
        #expect(operations.contains("64 of them are asked") && ClientNameResolver.Limits().threads == 64)
        #expect(operations.contains("1000 may wait") && ClientNameResolver.Limits().waiting == 1000)
        #expect(page.contains("kept for 5 minutes, the lack of one for a minute"))
        let named = ClientNames(reverse: .found("a.example"), confirmed: .found("a.example"))
        #expect(ClientNameCache.lifetime(of: named) == .minutes(5))
        #expect(ClientNameCache.lifetime(of: .none) == .minutes(1))
        #expect(page.contains("again after 10 seconds"))
        #expect(ClientNameCache.lifetime(of: .unknown("")) == .seconds(10))
    }

    @Test func theReferenceNamesEveryPlaceOfATextThatIsNoAttribute() throws {
        let rows = try MarkdownPage("Documentation/policy.md").rows(under: "place")
        #expect(rows.map(\.[0].bare) == TextPlace.allCases.map { "{\($0.rawValue)}" })
    }

    @Test func theReferenceNamesEveryKeyOfATest() throws {
        let page = try MarkdownPage("Documentation/policy.md")
        #expect(page.rows(under: "key of `given`").map(\.[0].bare) == PolicyGivenReader.keys)
        #expect(page.rows(under: "key of `expect`").map(\.[0].bare) == PolicyExpectReader.keys)
    }

    @Test func theReferenceNamesEveryReplyOfGatepostsOwn() throws {
        let documented = Set(try MarkdownPage("Documentation/replies.md").rows(under: "reply").map(\.[0].bare))
        for reply in OwnReply.allCases { #expect(documented.contains("\(reply.reply(session: ""))")) }
        let errors: [CommandSyntaxError] = [
            .unrecognized, .controlCharacter, .invalidReversePath, .invalidForwardPath, .invalidUTF8,
        ]
        for error in errors { #expect(documented.contains("\(error.reply)")) }
    }

    @Test(arguments: ["README.md"] + Repository.files(in: "Documentation", suffix: ".md"))
    func everyExampleInYAMLLoads(path: String) throws {
        let folder = try TemporaryFolder()
        try folder.writeCertificates(["mx", "mx-rsa", "example.org"])
        for example in try MarkdownPage(path).examples(of: "yaml") {
            if case .configuration = DocumentKind(of: Document(text: example, path: path).root) {
                let read = Configuration.read(text: example, path: folder.path("gatepost.yaml"))
                #expect(read.diagnostics.map(\.description) == [])
            } else {
                let loaded = PolicyFile.load(text: example, path: path)
                #expect(loaded.diagnostics.map(\.description) == [])
                let results = PolicyTestRunner.run(loaded.files)
                #expect(!results.isEmpty)
                #expect(results.flatMap(\.failures).map(\.description) == [])
            }
        }
    }

    @Test(arguments: ["README.md"] + Repository.files(in: "Documentation", suffix: ".md"))
    func everyLinkLeadsSomewhere(path: String) throws {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        for target in try MarkdownPage(path).links where !target.hasPrefix("http") {
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let page = parts[0].isEmpty ? path : [folder, parts[0]].filter { !$0.isEmpty }.joined(separator: "/")
            let file = "\(Repository.root)/\(page)"
            #expect(FileManager.default.fileExists(atPath: file), "\(path) links to \(target)")
            guard parts.count > 1 else { continue }
            let headings = try Repository.read(page).split(separator: "\n").filter { $0.hasPrefix("#") }
                .map { $0.drop { $0 == "#" || $0 == " " }.lowercased().replacing(" ", with: "-") }
            #expect(headings.contains(parts[1]), "\(path) links to \(target)")
        }
    }
}

extension AttributeKind {
    /// The kind as the reference shows it: words are named.
    fileprivate var documented: String {
        if case .word(let words) = self { "a word: " + words.joined(separator: ", ") } else { name }
    }
}

extension String {
    /// Without the backticks around it.
    fileprivate var bare: String { trimmingCharacters(in: ["`"]) }
}
