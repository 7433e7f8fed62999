import CPCRE2
import Synchronization

/// Match data that is kept from one use of a pattern to the next, so that a search need not allocate. There is one for
/// each pattern; when two threads search at once, the second makes its own.
///
/// Sendable without checks: the atomic exchange gives the pointer to one taker alone.
final class SpareMatchData: @unchecked Sendable {
    private let address = Atomic<UInt>(0)

    deinit {
        pcre2_match_data_free_8(take())
    }

    func take() -> OpaquePointer? {
        OpaquePointer(bitPattern: address.exchange(0, ordering: .acquiring))
    }

    func put(_ data: OpaquePointer) {
        pcre2_match_data_free_8(
            OpaquePointer(bitPattern: address.exchange(UInt(bitPattern: data), ordering: .acquiringAndReleasing)))
    }
}

extension CompiledCode {
    /// Match data with room for every group of the pattern.
    func makeMatchData() -> OpaquePointer? {
        pcre2_match_data_create_from_pattern_8(pointer, nil)
    }
}
