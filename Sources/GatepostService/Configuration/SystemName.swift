import Foundation
import SMTPProtocol

/// The name that the system gives to this host.
public enum SystemName {
    /// The host's name when it can stand in a greeting (RFC 5321 4.2), else `localhost`.
    public static var hostname: String {
        var octets = [CChar](repeating: 0, count: 256)
        guard gethostname(&octets, octets.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: octets.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let domain = Domain(name), domain.isASCII else { return "localhost" }
        return domain.text
    }
}
