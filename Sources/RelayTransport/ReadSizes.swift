import NIOCore

/// The octets of one read: they grow while reads fill them, and shrink while they do not.
///
/// A channel keeps the buffer of its reads for as long as it is open, at the largest size that it ever had; so what is read
/// in large pieces is read into a new buffer each time, and a session that has sent a large message is as small as before.
struct ReadSizes: RecvByteBufferAllocator {
    /// Some command lines that came at once.
    static let ofCommands = ReadSizes(minimum: 512, initial: 1024, maximum: 4 * 1024, isKept: true)
    /// A message of usual size is read at once.
    static let ofContent = ReadSizes(minimum: 8 * 1024, initial: 16 * 1024, maximum: 128 * 1024, isKept: false)
    /// The longest is the one to EHLO.
    static let ofReplies = ReadSizes(minimum: 512, initial: 1024, maximum: 4 * 1024, isKept: true)

    private var sizes: AdaptiveRecvByteBufferAllocator
    /// Whether the channel keeps the buffer.
    private let isKept: Bool

    private init(minimum: Int, initial: Int, maximum: Int, isKept: Bool) {
        sizes = AdaptiveRecvByteBufferAllocator(minimum: minimum, initial: initial, maximum: maximum)
        self.isKept = isKept
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        sizes.buffer(allocator: allocator)
    }

    /// Without a size the channel does not look for a buffer that it has kept.
    func nextBufferSize() -> Int? {
        isKept ? sizes.nextBufferSize() : nil
    }

    /// Always says that the next buffer may be larger: else the channel takes what it has kept, however small.
    mutating func record(actualReadBytes: Int) -> Bool {
        _ = sizes.record(actualReadBytes: actualReadBytes)
        return true
    }
}

/// The octets of one read of a client, which sends commands and content in turn. What it sends is told here, and not to the
/// channel, which looks for the kind of an option among all that it knows.
///
/// Sendable without checks: the channel and its session are on one event loop, and nobody else has it.
final class ClientReadSizes: RecvByteBufferAllocator, @unchecked Sendable {
    private var ofCommands = ReadSizes.ofCommands
    private var ofContent = ReadSizes.ofContent
    /// Whether a message is being sent.
    var areOfContent = false

    /// What comes next is not read in the size of the content before.
    func forgetContent() {
        ofContent = .ofContent
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        areOfContent ? ofContent.buffer(allocator: allocator) : ofCommands.buffer(allocator: allocator)
    }

    func nextBufferSize() -> Int? {
        areOfContent ? ofContent.nextBufferSize() : ofCommands.nextBufferSize()
    }

    func record(actualReadBytes: Int) -> Bool {
        areOfContent
            ? ofContent.record(actualReadBytes: actualReadBytes) : ofCommands.record(actualReadBytes: actualReadBytes)
    }
}
