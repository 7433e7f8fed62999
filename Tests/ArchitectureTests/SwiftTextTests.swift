import Testing

@Suite("Reading Swift source text")
struct SwiftTextTests {
    @Test(
        "an import declaration names its module whatever stands around it",
        arguments: [
            ("import NIOCore", ["NIOCore"]),
            ("  import NIOCore // buffers", ["NIOCore"]),
            ("import struct Foundation.Date", ["Foundation"]),
            ("@testable import Policy", ["Policy"]),
            ("@preconcurrency public import Logging", ["Logging"]),
            ("internal import func Glibc.memchr", ["Glibc"]),
            ("import A\nimport B", ["A", "B"]),
            ("// import Foundation", []),
            ("/* import Foundation */", []),
            ("/*\nimport Foundation\n*/\nimport NIOCore", ["NIOCore"]),
            ("let text = \"\"\"\nimport Foundation\n\"\"\"", []),
            ("important()", []),
        ]
    )
    func readsImports(_ source: String, _ modules: [String]) {
        #expect(SwiftText(source).importedModules == modules)
    }

    @Test(
        "comments and the contents of strings are no code",
        arguments: [
            ("let now = Date()", "let now = Date()"),
            ("call(\"Date()\", 1) // Date()", "call(, 1) "),
            ("call(\"a \\\" Date()\") + 1", "call() + 1"),
            ("/* outer /* inner */ Date() */ value", " value"),
        ]
    )
    func leavesOutCommentsAndStrings(_ source: String, _ code: String) {
        #expect(SwiftText(source).codeLines == [code])
    }
}
