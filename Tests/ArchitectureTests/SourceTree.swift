import Foundation

/// One Swift file below `Sources`.
struct SourceFile: Sendable, CustomStringConvertible {
    let target: String
    let name: String
    let text: String

    var description: String { "\(target)/\(name)" }
}

/// The files that the tests of this target read.
enum SourceTree {
    /// Found from this file's own place: `Tests/ArchitectureTests/SourceTree.swift`.
    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = packageRoot.appendingPathComponent("Sources")

    static func targets() throws -> [String] {
        try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(\.lastPathComponent)
            .sorted()
    }

    static func files() throws -> [SourceFile] {
        try targets().flatMap { target in
            let folder = sources.appendingPathComponent(target)
            let paths =
                FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
                .compactMap { $0 as? URL } ?? []
            return try paths.filter { $0.pathExtension == "swift" }.map { path in
                SourceFile(
                    target: target,
                    name: path.lastPathComponent,
                    text: try String(contentsOf: path, encoding: .utf8)
                )
            }
        }
    }
}
