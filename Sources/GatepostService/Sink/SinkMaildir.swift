import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Keeps each message as a file of its own in a Maildir: written in `tmp`, then moved to `new`.
///
/// A file holds the octets of the message as they came, line ends included; the envelope is not kept.
public final class SinkMaildir: SinkStore {
    private let directory: String
    private let count = NIOLockedValueBox(0)

    /// Makes the directories that are missing.
    public init(_ directory: String) throws {
        self.directory = directory
        for part in ["tmp", "new", "cur"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(part)", withIntermediateDirectories: true)
        }
    }

    public func store(_ message: ReceivedMessage) async throws {
        let number = count.withLockedValue { count in
            count += 1
            return count
        }
        let name = "\(Int(Date().timeIntervalSince1970)).P\(getpid())Q\(number).gatepost-sink"
        try await NIOThreadPool.singleton.runIfActive { [directory] in
            let content = Data(message.content.readableBytesView)
            try content.write(to: URL(fileURLWithPath: "\(directory)/tmp/\(name)"), options: .withoutOverwriting)
            try FileManager.default.moveItem(atPath: "\(directory)/tmp/\(name)", toPath: "\(directory)/new/\(name)")
        }
    }
}
