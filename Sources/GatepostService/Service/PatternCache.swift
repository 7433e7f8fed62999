import Foundation
import Patterns

/// The folder in which compiled patterns are kept from one start to the next.
///
/// A compiled database is trusted like code. So the folder and every file in it that is read must belong to the user
/// that runs Gatepost and be writable for nobody else; what is not so is passed over, like a file that cannot be read.
/// Files take their name in one step, so that no reader meets half of one.
struct PatternCache: Sendable {
    /// Files beyond this number are removed, the least recently written first.
    private static let files = 32
    private static let prefix = "patterns-"
    private static let largestFile = 1 << 30

    let folder: String
    /// Told what keeps the cache from being of use.
    let report: @Sendable (_ trouble: String) -> Void

    var store: DatabaseStore { DatabaseStore(read: read, write: write) }

    // MARK: Reading

    private func read(_ name: String) -> [UInt8]? {
        guard isOurs(folder, S_IFDIR) else { return nil }
        let descriptor = open(path(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, Self.isOurs(status, S_IFREG), status.st_size <= Self.largestFile else {
            report("\(path(name)) is passed over: it is not a file of this user's alone")
            return nil
        }
        return (try? file.readToEnd()).map { [UInt8]($0) }
    }

    // MARK: Writing

    private func write(_ name: String, _ octets: [UInt8]) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            return report("\(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        guard isOurs(folder, S_IFDIR) else {
            return report("\(folder) is not used: it is not a folder of this user's alone")
        }
        let temporary = path(".\(name).\(getpid())")
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return report("\(temporary) cannot be written: \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: octets)
            try file.synchronize()
        } catch {
            unlink(temporary)
            return report("\(temporary) cannot be written")
        }
        guard rename(temporary, path(name)) == 0 else {
            unlink(temporary)
            return report("\(path(name)) cannot be written: \(String(cString: strerror(errno)))")
        }
        removeOldFiles()
    }

    private func removeOldFiles() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let dated = names.filter { $0.hasPrefix(Self.prefix) }.map { name in
            var status = stat()
            return (name: name, date: lstat(path(name), &status) == 0 ? status.st_mtim.tv_sec : 0)
        }
        for file in dated.sorted(by: { $0.date > $1.date }).dropFirst(Self.files) { unlink(path(file.name)) }
    }

    // MARK: Permissions

    private func path(_ name: String) -> String { folder + "/" + name }

    private func isOurs(_ path: String, _ kind: mode_t) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && Self.isOurs(status, kind)
    }

    private static func isOurs(_ status: stat, _ kind: mode_t) -> Bool {
        status.st_mode & S_IFMT == kind && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }
}
