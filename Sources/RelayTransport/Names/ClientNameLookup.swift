import Policy
import SMTPProtocol

/// Finds the name of a client, and whether the name leads back to the client.
struct ClientNameLookup: Sendable {
    let service: any NameService

    /// Blocks until both questions are answered.
    func names(of address: IPAddress) -> ClientNames {
        let name: String
        do throws(NameFailure) {
            guard let found = try service.name(of: address), let valid = Self.validated(found) else { return .none }
            name = valid
        } catch {
            return .unknown("the name of \(address): \(error.reason)")
        }
        do throws(NameFailure) {
            let leadsBack = try service.addresses(of: name, like: address).contains(address)
            return ClientNames(reverse: .found(name), confirmed: leadsBack ? .found(name) : .absent)
        } catch {
            return ClientNames(
                reverse: .found(name), confirmed: .unknown("the addresses of \(name): \(error.reason)")
            )
        }
    }

    /// The name, if it is a domain. Whoever owns an address can let it point to any text, and a text that the resolver
    /// takes for an address, as `3221225991` or `0xc0000207`, would lead back to the client without a look at any zone:
    /// the last label begins with a letter, as that of every domain does [RFC 3696, 2].
    static func validated(_ text: String) -> String? {
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        guard let domain = Domain(name), domain.isASCII, let last = name.split(separator: ".").last?.utf8.first else {
            return nil
        }
        return UInt8(ascii: "0")...UInt8(ascii: "9") ~= last ? nil : name
    }
}
