import NIOConcurrencyHelpers

/// Keeps what arrives until the demonstration asks for it; later on, prints it.
final class DemonstrationStore: SinkStore {
    private let memory = SinkMemory()
    private let print = NIOLockedValueBox<(@Sendable (String) -> Void)?>(nil)

    func store(_ message: ReceivedMessage) async throws {
        if let print = print.withLockedValue({ $0 }) {
            print(
                "   Arrived:\n"
                    + message.printed.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { "     \($0)\n" }.joined())
        } else {
            memory.store(message)
        }
    }

    /// What arrived since the last call.
    func takeAll() -> [ReceivedMessage] { memory.takeAll() }

    /// Prints from now on.
    func startPrinting(_ print: @escaping @Sendable (String) -> Void) {
        self.print.withLockedValue { $0 = print }
    }
}
