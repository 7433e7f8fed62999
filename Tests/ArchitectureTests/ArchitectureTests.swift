import Testing

@Suite("Architecture")
struct ArchitectureTests {
    @Test("every target below Sources has a row in the import table, and every row a target")
    func tableIsWhole() throws {
        #expect(try SourceTree.targets() == ImportTable.promises.map(\.target).sorted())
    }

    @Test("a target imports what the table permits and nothing else", arguments: ImportTable.promises)
    func importsKeepThePromise(_ promise: TargetPromise) throws {
        let files = try SourceTree.files().filter { $0.target == promise.target }
        for file in files {
            for module in SwiftText(file.text).importedModules {
                #expect(
                    promise.permits(module),
                    "\(file) imports \(module), which the architecture does not permit"
                )
            }
        }
    }

    @Test("a module for one file alone is imported by one file at most", arguments: ImportTable.promises)
    func wrappersAreSingle(_ promise: TargetPromise) throws {
        let files = try SourceTree.files().filter { $0.target == promise.target }
        for module in promise.importedByOneFile {
            let importing = files.filter { SwiftText($0.text).importedModules.contains(module) }
            #expect(importing.count <= 1, "\(module) is imported by \(importing)")
        }
    }

    @Test(
        "a pure target asks nobody for the time, a random number, a file or the environment",
        arguments: ImportTable.promises.filter(\.isPure)
    )
    func pureTargetsAreTold(_ promise: TargetPromise) throws {
        let files = try SourceTree.files().filter { $0.target == promise.target }
        for file in files {
            for (index, line) in SwiftText(file.text).codeLines.enumerated() {
                for word in Self.impureWords where line.contains(word) {
                    Issue.record("\(file):\(index + 1) uses `\(word)`: pass the value in instead")
                }
            }
        }
    }

    @Test("no file is named after nothing in particular")
    func filesHaveSubjects() throws {
        for file in try SourceTree.files() {
            for word in ["Utils", "Utilities", "Helper", "Common", "Misc"] {
                #expect(!file.name.contains(word), "\(file) does not say what it is about")
            }
        }
    }

    /// Names that reach out of the program, as they stand in code.
    private static let impureWords = [
        "ContinuousClock", "SuspendingClock", "NIODeadline", "DispatchTime", "clock_gettime", "gettimeofday",
        " Date(", "Date.now", "time(nil)",
        "SystemRandomNumberGenerator", ".random(", ".randomElement(", ".shuffled(", "UUID(", "arc4random", "getrandom",
        "FileManager", "FileHandle", "fopen(", "getenv(", "ProcessInfo", "Task.sleep", "Thread.",
    ]
}
