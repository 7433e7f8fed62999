import COpenSSL
import Synchronization

/// The keys that session tickets are sealed with (RFC 5077 4): AES-256-CBC under HMAC-SHA-256.
///
/// `rotate` makes a new key; the one before still opens tickets, which are then replaced. So a ticket is of use for one
/// to two turns, and a key that leaks opens the sessions of two turns and no others. They outlive a reload: a client's
/// ticket is as good afterwards.
public final class TLSTicketKeys: Sendable {
    /// How long a ticket is good, and so how often `rotate` is to be called.
    public static let lifetimeInSeconds = 3600

    private struct Key: Sendable {
        let name: [UInt8]
        let cipher: [UInt8]
        let mac: [UInt8]

        /// nil when the system has no randomness, which a ticket must not be sealed without.
        static func make() -> Key? {
            var octets = [UInt8](repeating: 0, count: 80)
            guard RAND_bytes(&octets, CInt(octets.count)) == 1 else { return nil }
            return Key(name: Array(octets[..<16]), cipher: Array(octets[16..<48]), mac: Array(octets[48...]))
        }
    }

    private struct Keys: Sendable {
        var current: Key?
        var previous: Key?
    }

    private let keys = Mutex(Keys(current: Key.make()))

    public init() {}

    /// Seals with a new key from now on.
    public func rotate() {
        let new = Key.make()
        keys.withLock { $0 = Keys(current: new, previous: $0.current) }
    }

    /// Answers the library: -1 is a fault, 0 no such key (the handshake goes on in full), 1 ready, 2 ready and the
    /// ticket is to be replaced.
    func prepare(
        _ name: UnsafeMutablePointer<UInt8>?,
        _ vector: UnsafeMutablePointer<UInt8>?,
        _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?,
        isSealing: Bool
    ) -> CInt {
        guard let name, let vector else { return -1 }
        let keys = keys.withLock { $0 }
        if isSealing {
            guard let key = keys.current, RAND_bytes(vector, 16) == 1 else { return -1 }
            name.update(from: key.name, count: 16)
            return EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1
                && gatepost_mac_begin(mac, key.mac, key.mac.count) == 1 ? 1 : -1
        }
        let wanted = UnsafeBufferPointer(start: name, count: 16)
        guard
            let key = [keys.current, keys.previous].compactMap(\.self).first(where: { $0.name.elementsEqual(wanted) })
        else { return 0 }
        guard EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
            gatepost_mac_begin(mac, key.mac, key.mac.count) == 1
        else { return -1 }
        return key.name == keys.current?.name ? 1 : 2
    }
}
