import Foundation
import Policy

/// Reads a file of the operator's into memory, within a bound.
public enum OperatorFile {
    public struct ReadError: Error {
        /// Why, in lower case: "no such file or directory".
        public var reason: String

        /// The diagnostic: at the place that names the file if there is one, else at the start of the file itself.
        public func diagnostic(of path: String, namedAt reference: SourceLocation?) -> Diagnostic {
            guard let reference else {
                return .error(at: SourceLocation(file: path, line: 1, column: 1), "cannot be read: \(reason)")
            }
            return .error(at: reference, "`\(path)` cannot be read: \(reason)")
        }
    }

    /// The octets of a file of at most `limit` octets.
    public static func read(_ path: String, limit: Int) -> Result<[UInt8], ReadError> {
        guard let file = fopen(path, "rb") else { return .failure(ReadError(errno: errno)) }
        defer { fclose(file) }
        var octets: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while octets.count <= limit {
            let count = fread(&block, 1, block.count, file)
            octets.append(contentsOf: block[..<count])
            guard count < block.count else { continue }
            return ferror(file) == 0 ? .success(octets) : .failure(ReadError(errno: errno))
        }
        return .failure(ReadError(reason: "larger than \(ByteSize.describe(limit))"))
    }

    /// `path` as seen from the file `base`: relative paths are relative to the file that names them.
    public static func resolve(_ path: String, relativeTo base: String) -> String {
        guard !path.hasPrefix("/"), let slash = base.lastIndex(of: "/") else { return path }
        return base[...slash] + path
    }
}

extension OperatorFile.ReadError {
    fileprivate init(errno: CInt) {
        reason = strerror(errno).map { String(cString: $0).lowercased() } ?? "error \(errno)"
    }
}
