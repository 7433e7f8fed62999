import SMTPProtocol
import Testing

@testable import RelayCore

@Suite("The memory of what an upstream can do") struct CapabilityMemoryTests {
    @Test("each reply means what it says, whatever was said before") func changes() {
        let memory = CapabilityMemory()
        let replies = [
            Reply(.ok, lines: ["mx", "PIPELINING", "SIZE 1000"]),
            Reply(.ok, lines: ["mx", "PIPELINING", "SIZE 1001"]),
            Reply(.ok, lines: ["mx", "PIPELINING"]),
            Reply(.ok, lines: ["other", "PIPELINING"]),
            Reply(.ok, lines: ["mx"]),
            Reply(.ok, lines: ["mx", "CHUNKING"]),
            // Canonically equal to the one above, and no keyword.
            Reply(.ok, lines: ["mx", "CHUN\u{212A}ING"]),
        ]
        for reply in replies + replies.reversed() {
            for _ in 0..<2 { #expect(memory.capabilities(by: reply) == Capabilities(parsing: reply), "\(reply)") }
        }
    }
}
