import CBatchedWrites
import Glibc
import NIOCore

/// What the sessions of an event loop have to say at the end of one of its turns, handed to the system in one call.
///
/// What is written to a socket may wake who waits at its other end, and the system may let that one run at once, in the
/// writer's place: between two calls it would hear one reply, answer it and sleep again. Of one call it hears all.
/// Where the system does not offer that (io_setup(2) may be forbidden, or used up), the octets are sent one by one.
///
/// Only what a socket can be expected to take comes here. What it does not take, for whatever reason, the session writes
/// to its channel, which knows how to wait and what has failed. That a socket whose other end is gone raises no signal is
/// NIO's doing.
final class BatchedWrites {
    /// Writes of one turn; two for each session at most.
    private static let room = 128

    private var batch: aio_context_t?
    /// Why several writes are not one call, in the system's words; nil when they are.
    let refusal: String?
    private let requests: UnsafeMutablePointer<iocb>
    private let order: UnsafeMutablePointer<UnsafeMutablePointer<iocb>?>
    private let results: UnsafeMutablePointer<io_event>
    /// What keeps the octets of each request where they are.
    private var storages: [Unmanaged<AnyObject>] = []
    /// Octets that each socket has taken.
    private var counts: [Int] = []

    /// - Parameter isBatched: Whether the system is asked to take several writes in one call.
    init(isBatched: Bool = true) {
        var batch: aio_context_t = 0
        if isBatched, gatepost_batch_open(UInt32(Self.room), &batch) == 0 {
            (self.batch, refusal) = (batch, nil)
        } else {
            (self.batch, refusal) = (nil, isBatched ? String(cString: strerror(errno)) : "not wanted")
        }
        requests = .allocate(capacity: Self.room)
        requests.initialize(repeating: iocb(), count: Self.room)
        order = .allocate(capacity: Self.room)
        for index in 0..<Self.room { (order + index).initialize(to: requests + index) }
        results = .allocate(capacity: Self.room)
        results.initialize(repeating: io_event(), count: Self.room)
    }

    deinit {
        if let batch { gatepost_batch_close(batch) }
        for storage in storages { storage.release() }
        requests.deallocate()
        order.deallocate()
        results.deallocate()
    }

    /// Takes octets for a socket that does not block; nil when there is no more room. They are written by `write`: until
    /// that has returned, the socket must not be closed.
    func add(_ octets: ByteBuffer, to socket: CInt) -> Int? {
        let index = storages.count
        guard index < Self.room else { return nil }
        octets.withUnsafeReadableBytesWithStorageManagement { octets, storage in
            storages.append(storage.retain())
            gatepost_batch_prepare(requests + index, UInt64(index), socket, octets.baseAddress, octets.count)
        }
        return index
    }

    /// Writes what was added since the last time.
    func write() {
        guard !storages.isEmpty else { return }
        counts.removeAll(keepingCapacity: true)
        counts.append(contentsOf: repeatElement(0, count: storages.count))
        if let batch, counts.count > 1 {
            writeAll(by: batch)
        } else {
            for index in counts.indices { send(requests[index], at: index) }
        }
        for storage in storages { storage.release() }
        storages.removeAll(keepingCapacity: true)
    }

    /// How many octets of those that `add` took under this number have been written; none when writing has failed.
    func written(_ index: Int) -> Int {
        counts[index]
    }

    private func writeAll(by batch: aio_context_t) {
        let taken = gatepost_batch_submit(batch, counts.count, order)
        guard taken > 0 else { return }
        for index in 0..<taken { counts[index] = Self.unknown }
        var awaited = taken
        while awaited > 0 {
            let known = gatepost_batch_results(batch, awaited, results)
            guard known > 0 || (known < 0 && errno == EINTR) else { break }
            for result in UnsafeBufferPointer(start: results, count: max(0, known)) {
                counts[Int(result.data)] = max(0, Int(result.res))
            }
            awaited -= max(0, known)
        }
        if awaited > 0 { giveUp(batch, behind: taken) }
    }

    /// The system has not said what became of some of the requests: nothing may be written behind these, nor what it says
    /// later be taken for something else.
    private func giveUp(_ batch: aio_context_t, behind taken: Int) {
        gatepost_batch_close(batch)
        self.batch = nil
        for index in 0..<taken where counts[index] == Self.unknown {
            shutdown(CInt(bitPattern: requests[index].aio_fildes), CInt(SHUT_RDWR))
            counts[index] = Int(requests[index].aio_nbytes)
        }
    }

    private static let unknown = -1

    private func send(_ request: iocb, at index: Int) {
        let octets = UnsafeRawPointer(bitPattern: UInt(request.aio_buf))
        let count = Glibc.send(
            CInt(bitPattern: request.aio_fildes), octets, Int(request.aio_nbytes),
            CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        )
        counts[index] = max(0, count)
    }
}
