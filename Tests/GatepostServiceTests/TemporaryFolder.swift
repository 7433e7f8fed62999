import Foundation
import TLSTestKeys

/// A folder that is gone when the test is over.
final class TemporaryFolder: Sendable {
    private let root: String

    init() throws {
        root = NSTemporaryDirectory() + "gatepost-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }

    func setPermissions(_ permissions: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path(name))
    }
}

extension TemporaryFolder {
    /// Writes `ca.pem`, and for each name a certificate as `NAME.pem` with its key as `NAME.key`.
    func writeCertificates(_ names: [String]) throws {
        let authority = try TestAuthority()
        try write("ca.pem", String(decoding: authority.pem, as: UTF8.self))
        for name in names { try write(authority.issue(["\(name).example"]), as: name) }
    }

    func write(_ identity: TestIdentity, as name: String) throws {
        try write("\(name).pem", String(decoding: identity.chain, as: UTF8.self))
        try write("\(name).key", String(decoding: identity.key, as: UTF8.self))
        try setPermissions(0o600, of: "\(name).key")
    }
}

/// The folder of the repository.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// The texts of all files below a folder, by how their names end.
    static func texts(below folder: String, _ extensions: Set<String>) throws -> [String] {
        let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
        return try paths.filter { extensions.contains(($0 as NSString).pathExtension) }.map {
            try read("\(folder)/\($0)")
        }
    }

    /// The paths of files in a folder, in order.
    static func files(in folder: String, suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
    }
}
