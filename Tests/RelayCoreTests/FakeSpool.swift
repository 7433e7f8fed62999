import NIOCore
import RelayCore

/// A spool in memory that can be full, give back less than it was given, fail, or let wait.
struct FakeSpool {
    private(set) var octets: [UInt8] = []
    private var place = 0
    /// What fits.
    var capacity = Int.max
    /// What can be read.
    var readable = Int.max
    /// What is left of reads fails, instead of being empty.
    var failsReading = false
    /// Nothing is answered before `late` is asked.
    var isSlow = false
    private(set) var waiting: SpoolRequest?
    /// Something was written that was not discarded.
    private(set) var isOpen = false
    private(set) var writes = 0
    private(set) var largestWrite = 0

    mutating func answer(_ request: SpoolRequest) -> RelayEvent? {
        if case .discard = request {
            waiting = nil
            isOpen = false
            octets = []
            place = 0
            return nil
        }
        precondition(waiting == nil, "one thing is asked at a time")
        guard !isSlow else {
            waiting = request
            return nil
        }
        return perform(request)
    }

    mutating func late() -> RelayEvent? {
        guard let request = waiting else { return nil }
        waiting = nil
        return perform(request)
    }

    private mutating func perform(_ request: SpoolRequest) -> RelayEvent? {
        switch request {
        case .append(let bytes):
            isOpen = true
            writes += 1
            largestWrite = max(largestWrite, bytes.readableBytes)
            guard octets.count + bytes.readableBytes <= capacity else {
                return .spoolFailed(SpoolFailure(isFull: true, detail: "no space left on device"))
            }
            octets += bytes.readableBytesView
            return .spooled
        case .read(let count):
            let end = min(place + count, min(octets.count, readable))
            guard end > place || !failsReading else {
                return .spoolFailed(SpoolFailure(isFull: false, detail: "input/output error"))
            }
            defer { place = end }
            return .spoolRead(ByteBuffer(bytes: octets[place..<end]))
        case .discard:
            return nil
        }
    }
}
