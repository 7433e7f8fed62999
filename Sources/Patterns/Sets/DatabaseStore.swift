/// Where compiled databases are kept from one process to the next. What it gives back is checked before it is used.
public struct DatabaseStore: Sendable {
    /// The octets that were kept under a name.
    public var read: @Sendable (_ name: String) -> [UInt8]?
    public var write: @Sendable (_ name: String, _ octets: [UInt8]) -> Void

    public init(
        read: @escaping @Sendable (_ name: String) -> [UInt8]?,
        write: @escaping @Sendable (_ name: String, _ octets: [UInt8]) -> Void
    ) {
        self.read = read
        self.write = write
    }
}
