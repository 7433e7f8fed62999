import COpenSSL

/// The library's way to the buffers of a `TLSConnection`: it reads what has come and is told to ask again when nothing
/// has, and it may write as much as it likes.
enum BufferBIO {
    // Made once and only read from then on.
    nonisolated(unsafe) static let method: OpaquePointer? = {
        let method = BIO_meth_new(BIO_get_new_index() | CInt(BIO_TYPE_SOURCE_SINK), "buffers")
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read_ex(method) { bio, target, count, read in
            guard let owner = owner(of: bio), let target, let read else { return 0 }
            let found = owner.readInbound(target, count)
            guard found > 0 else {
                gatepost_bio_will_retry_read(bio)
                return 0
            }
            gatepost_bio_clear_retry(bio)
            read.pointee = found
            return 1
        }
        BIO_meth_set_write_ex(method) { bio, source, count, written in
            guard let owner = owner(of: bio), let source, let written else { return 0 }
            owner.writeOutbound(UnsafeRawBufferPointer(start: source, count: count))
            gatepost_bio_clear_retry(bio)
            written.pointee = count
            return 1
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()

    private static func owner(of bio: OpaquePointer?) -> TLSConnection? {
        guard let this = BIO_get_data(bio) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(this).takeUnretainedValue()
    }
}
