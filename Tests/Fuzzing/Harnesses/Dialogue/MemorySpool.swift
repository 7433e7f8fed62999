import NIOCore
import RelayCore

/// A spool in memory, which can fail once.
struct MemorySpool {
    private var octets: [UInt8] = []
    private var place = 0
    var fails = false

    mutating func answer(_ request: SpoolRequest) -> RelayEvent? {
        if case .discard = request {
            self = MemorySpool()
            return nil
        }
        guard !fails else {
            fails = false
            return .spoolFailed(SpoolFailure(isFull: true, detail: "no space left on device"))
        }
        switch request {
        case .append(let bytes):
            octets += bytes.readableBytesView
            return .spooled
        case .read(let count):
            let end = min(place + count, octets.count)
            defer { place = end }
            return .spoolRead(ByteBuffer(bytes: octets[place..<end]))
        case .discard: return nil
        }
    }
}
