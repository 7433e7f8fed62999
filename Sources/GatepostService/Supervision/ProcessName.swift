import Foundation

/// The name by which the system lists this process.
public enum ProcessName {
    /// Has it be that of the program: executed as `/proc/self/exe`, the process is called `exe`.
    public static func restore() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/comm") else { return }
        try? file.write(contentsOf: Data("gatepost".utf8))
        try? file.close()
    }
}
