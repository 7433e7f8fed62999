import NIOCore

/// The octets of one read, which a channel keeps a buffer for: they grow while reads fill it, and shrink while they do
/// not.
enum ReadSizes {
    /// Some command lines that came at once.
    static let ofCommands = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 64 * 1024)
    /// A message of usual size is read at once.
    static let ofContent = AdaptiveRecvByteBufferAllocator(minimum: 8 * 1024, initial: 16 * 1024, maximum: 256 * 1024)
    /// The longest is the one to EHLO.
    static let ofReplies = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 16 * 1024)
}
