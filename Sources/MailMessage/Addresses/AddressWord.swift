/// Tokens without white space between them, read both as a word of a display name and as an address.
struct AddressWord {
    /// As a word of a display name.
    private(set) var display: [UInt8] = []
    /// As an address: the local part with quoting where it needs it, and what stands behind the last `@`.
    private var quotedLocal: [UInt8] = []
    private var local: [UInt8] = []
    private var domain: [UInt8] = []
    private var hasAt = false

    var isEmpty: Bool { display.isEmpty }
    /// `local@domain`
    var isAddress: Bool { hasAt && !local.isEmpty && !domain.isEmpty }
    /// The beginning of an `obs-route`: `@domain`
    var isRoute: Bool { hasAt && local.isEmpty }
    /// Ends with the `@`.
    var awaitsDomain: Bool { hasAt && domain.isEmpty }

    mutating func append(_ token: AddressToken) {
        switch token {
        case .atom(let text):
            append(text, quoted: text)
        case .quoted(let text):
            append(text, quoted: Self.quoting(text))
        case .literal(let text):
            append(text, quoted: text)
        case .special(UInt8(ascii: "@")):
            display.append(UInt8(ascii: "@"))
            if hasAt {
                let passedOver = [UInt8(ascii: "@")] + domain
                local += passedOver
                quotedLocal += passedOver
                domain = []
            }
            hasAt = true
        case .special(let octet):
            append([octet], quoted: [octet])
        case .whiteSpace, .comment:
            break
        }
    }

    func entry(displayName: String) -> AddressList.Entry {
        let address = hasAt ? quotedLocal + [UInt8(ascii: "@")] + domain : quotedLocal
        return AddressList.Entry(
            address: String(decoding: address, as: UTF8.self),
            local: String(decoding: local, as: UTF8.self),
            domain: String(decoding: domain, as: UTF8.self),
            displayName: displayName
        )
    }

    private mutating func append(_ text: ArraySlice<UInt8>, quoted: ArraySlice<UInt8>) {
        display += text
        if hasAt {
            domain += text.filter { !Octet.isWhiteSpace($0) }
        } else {
            local += text
            quotedLocal += quoted
        }
    }

    /// `quoted-string` [5321 4.1.2] where the text is no dot-string.
    private static func quoting(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let needsQuoting = text.isEmpty || text.contains { $0 <= Octet.space || "()<>[]:;@\\,\"".utf8.contains($0) }
        guard needsQuoting else { return text }
        var quoted = [UInt8(ascii: "\"")]
        for octet in text {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(octet)
        }
        quoted.append(UInt8(ascii: "\""))
        return quoted[...]
    }
}
