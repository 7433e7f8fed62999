import NIOCore
import Testing

@testable import RelayTransport

@Suite struct ReadSizesTests {
    @Test("a client is read in large pieces while it sends a message, and in small ones before and behind it")
    func sizesAreThoseOfWhatIsSent() {
        let sizes = ClientReadSizes()
        let small = sizes.buffer(allocator: ByteBufferAllocator()).capacity
        #expect(small <= 4096)
        // The channel keeps a small buffer and no large one.
        #expect(sizes.nextBufferSize() == small)

        sizes.areOfContent = true
        #expect(sizes.nextBufferSize() == nil)
        var largest = 0
        for _ in 0..<8 {
            largest = sizes.buffer(allocator: ByteBufferAllocator()).capacity
            #expect(sizes.record(actualReadBytes: largest))
        }
        #expect(largest == 128 * 1024)

        sizes.areOfContent = false
        #expect(sizes.nextBufferSize() == small)
        sizes.areOfContent = true
        #expect(sizes.buffer(allocator: ByteBufferAllocator()).capacity == largest)
        sizes.forgetContent()
        #expect(sizes.buffer(allocator: ByteBufferAllocator()).capacity < largest)
    }
}
