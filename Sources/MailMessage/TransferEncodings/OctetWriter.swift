import NIOCore

/// Writes octets into room that was set aside for them, one by one or in runs, at the cost of a store each.
struct OctetWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) {
        self.room = room
    }

    /// Writes an octet; one for which no room was set aside is not written.
    @inline(__always)
    mutating func write(_ octet: UInt8) {
        guard count < room.count else { return }
        room[count] = octet
        count &+= 1
    }

    @inline(__always)
    mutating func write(_ octets: UnsafeRawBufferPointer) {
        guard octets.count <= room.count - count else { return }
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: octets)
        count &+= octets.count
    }

    mutating func write(_ octets: [UInt8]) {
        octets.withUnsafeBytes { write($0) }
    }
}

extension ByteBuffer {
    /// Appends what a body writes, for which so much room is enough.
    mutating func write(atMost octets: Int, _ body: (inout OctetWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: octets) { room in
            var writer = OctetWriter(room)
            body(&writer)
            return writer.count
        }
    }
}
