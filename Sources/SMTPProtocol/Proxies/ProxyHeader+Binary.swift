import NIOCore

/// Version 2: a fixed part of 16 octets with a signature that no other protocol begins with, then addresses by family,
/// then fields of type, length and value.
extension ProxyHeader {
    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    static let fixedPart = 16
    /// Octets behind the fixed part: room for certificates' names and identifiers, far below what two octets can say.
    static let longestRest = 4096
    /// Octets of a text.
    private static let longestText = 255

    /// Types of fields.
    private enum FieldType {
        static let checksum: UInt8 = 0x03
        static let tls: UInt8 = 0x20
        static let tlsVersion: UInt8 = 0x21
        static let tlsCommonName: UInt8 = 0x22
        static let tlsCipher: UInt8 = 0x23
    }

    /// What the field of TLS says of the client, by bits.
    private enum TLSClient {
        static let isEncrypted: UInt8 = 0x01
        static let showedCertificate: UInt8 = 0x02
        /// In this connection, or when its TLS session began.
        static let hasCertificate: UInt8 = 0x06
    }

    /// Parses a whole header, whose signature and length are checked.
    init(binary header: inout ByteBuffer) throws(ProxyHeaderFault) {
        let whole = header
        header.moveReaderIndex(forwardBy: Self.signature.count)
        guard let command = header.readInteger(as: UInt8.self), let family = header.readInteger(as: UInt8.self),
            header.readInteger(as: UInt16.self) != nil
        else { throw .lengths }
        self.init()
        switch command {
        case 0x20: return
        case 0x21: break
        default: throw .unknown
        }
        switch family {
        case 0x00: break
        case 0x11:
            connection = try Self.connection(&header) { $0.readInteger(as: UInt32.self).map(IPAddress.init(v4:)) }
        case 0x21: connection = try Self.connection(&header) { $0.readIPv6() }
        case 0x31: guard header.readSlice(length: 216) != nil else { throw .lengths }
        default: throw .unknown
        }
        while header.readableBytes > 0 {
            let place = header.readerIndex - whole.readerIndex + 3
            guard let (type, octets) = header.readField() else { throw .lengths }
            var value = octets
            switch type {
            case FieldType.checksum:
                guard let sum = value.readInteger(as: UInt32.self), value.readableBytes == 0 else { throw .lengths }
                guard sum == Self.checksum(of: whole, at: place) else { throw .checksum }
            case FieldType.tls:
                encryption = try Self.encryption(&value)
            default:
                break
            }
        }
    }

    private static func connection(
        _ header: inout ByteBuffer, _ address: (inout ByteBuffer) -> IPAddress?
    ) throws(ProxyHeaderFault) -> Connection {
        guard let source = address(&header), let destination = address(&header),
            let (sourcePort, destinationPort) = header.readMultipleIntegers(as: (UInt16, UInt16).self)
        else { throw .lengths }
        return Connection(from: Peer(source, sourcePort), to: Peer(destination, destinationPort))
    }

    private static func encryption(_ value: inout ByteBuffer) throws(ProxyHeaderFault) -> Encryption? {
        guard let client = value.readInteger(as: UInt8.self), let unverified = value.readInteger(as: UInt32.self) else {
            throw .lengths
        }
        var encryption = Encryption(version: "", cipher: "")
        while value.readableBytes > 0 {
            guard let (type, text) = value.readField() else { throw .lengths }
            switch type {
            case FieldType.tlsVersion: encryption.version = try self.text(text)
            case FieldType.tlsCipher: encryption.cipher = try self.text(text)
            case FieldType.tlsCommonName: encryption.commonName = try self.text(text)
            default: break
            }
        }
        guard client & TLSClient.isEncrypted != 0 else { return nil }
        let isVerified = unverified == 0 && client & TLSClient.hasCertificate != 0
        if !isVerified || encryption.commonName == "" { encryption.commonName = nil }
        return encryption
    }

    private static func text(_ octets: ByteBuffer) throws(ProxyHeaderFault) -> String {
        guard octets.readableBytes <= longestText,
            let text = String(validating: octets.readableBytesView, as: UTF8.self),
            ControlCharacters.removed(from: text) == text
        else { throw .text }
        return text
    }

    // MARK: Printing

    /// Writes the header; a connection of which one end is IPv6 is told in its space.
    public func writeBinary(into buffer: inout ByteBuffer) {
        var rest = ByteBuffer()
        var family: UInt8 = 0x00
        if let connection {
            let (source, destination) = (connection.source, connection.destination)
            if let from = source.address.v4, let to = destination.address.v4 {
                family = 0x11
                rest.writeMultipleIntegers(from, to)
            } else {
                family = 0x21
                for peer in [source, destination] { rest.writeMultipleIntegers(peer.address.high, peer.address.low) }
            }
            rest.writeMultipleIntegers(source.port, destination.port)
            if let encryption { rest.writeField(FieldType.tls, Self.field(of: encryption)) }
        }
        buffer.writeBytes(Self.signature)
        buffer.writeMultipleIntegers(
            UInt8(connection == nil ? 0x20 : 0x21), family, UInt16(clamping: rest.readableBytes))
        buffer.writeBuffer(&rest)
    }

    private static func field(of encryption: Encryption) -> ByteBuffer {
        let hasName = encryption.commonName != nil
        var field = ByteBuffer()
        field.writeInteger(hasName ? TLSClient.isEncrypted | TLSClient.showedCertificate : TLSClient.isEncrypted)
        // Zero: nothing was found wrong with the certificate.
        field.writeInteger(UInt32(hasName ? 0 : 1))
        for (type, text) in [
            (FieldType.tlsVersion, encryption.version), (FieldType.tlsCipher, encryption.cipher),
            (FieldType.tlsCommonName, encryption.commonName ?? ""),
        ] where !text.isEmpty && text.utf8.count <= longestText {
            field.writeField(type, ByteBuffer(string: text))
        }
        return field
    }

    // MARK: Checksum

    /// CRC-32C (RFC 9260, appendix B) over the header with the checksum itself taken for zero.
    static func checksum(of header: ByteBuffer, at place: Int) -> UInt32 {
        var sum: UInt32 = .max
        for (index, octet) in header.readableBytesView.enumerated() {
            sum ^= UInt32((place..<place + 4).contains(index) ? 0 : octet)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        return ~sum
    }
}

extension ByteBuffer {
    fileprivate mutating func readIPv6() -> IPAddress? {
        readMultipleIntegers(as: (UInt64, UInt64).self).map { IPAddress(v6High: $0.0, low: $0.1) }
    }

    fileprivate mutating func readField() -> (type: UInt8, value: ByteBuffer)? {
        guard let (type, length) = readMultipleIntegers(as: (UInt8, UInt16).self),
            let value = readSlice(length: Int(length))
        else { return nil }
        return (type, value)
    }

    fileprivate mutating func writeField(_ type: UInt8, _ value: ByteBuffer) {
        writeMultipleIntegers(type, UInt16(clamping: value.readableBytes))
        writeImmutableBuffer(value)
    }
}
