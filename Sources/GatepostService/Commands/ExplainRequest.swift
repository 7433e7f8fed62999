import NIOCore
import Policy
import PolicyFiles
import SMTPProtocol

/// A value on a command line that is not what its option asks for.
public struct UsageError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A transaction as the options of `explain` describe it.
public struct ExplainRequest: Sendable {
    /// The largest message that is read.
    private static let messageOctets = 256 << 20

    public internal(set) var transaction = SimulatedTransaction()

    /// Who the client is when nobody says: an address that belongs to nobody (RFC 5737), as in the tests of policies.
    public static let anyClient = "198.51.100.1"

    public init() {
        transaction.clientAddress = IPAddress(Self.anyClient)
    }

    public mutating func set(client text: String) throws(UsageError) {
        guard let address = IPAddress(text) else { throw UsageError("`\(text)` is not an IP address") }
        transaction.clientAddress = address
    }

    /// What the domain name system is to say of the client: a name that leads back to it, and one that need not.
    public mutating func set(clientName name: String?, reverse: String?) throws(UsageError) {
        for text in [name, reverse].compactMap(\.self) where Domain(text) == nil {
            throw UsageError("`\(text)` is not a domain")
        }
        transaction.setNames(name, reverse: reverse)
    }

    /// How often the client does the same before what is shown.
    public mutating func set(repetitions times: Int) throws(UsageError) {
        guard 1...SimulatedTransaction.Repetition.most ~= times else {
            throw UsageError("a transaction can be repeated 1 to \(SimulatedTransaction.Repetition.most) times")
        }
        transaction.repetition.times = times
    }

    public mutating func set(listener name: String) {
        transaction.listener = name
    }

    /// The client's connection is encrypted, as one that is up to date would be.
    public mutating func setEncrypted() {
        transaction.encryption = SimulatedTransaction.anyEncryption
    }

    /// The client has logged in, by PLAIN when nobody says how.
    public mutating func set(user name: String, mechanism: String?) {
        transaction.authentication = AuthenticationFacts(
            user: name, mechanism: mechanism?.uppercased() ?? SimulatedTransaction.anyMechanism.rawValue
        )
    }

    public mutating func set(helo text: String) {
        transaction.helo = HeloArgument(text)
    }

    /// A single command: `VRFY someone`.
    public mutating func set(command text: String) throws(UsageError) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let verb = words.first, Verb(verb) != nil else { throw UsageError("`\(text)` is not an SMTP command") }
        transaction.command = CommandFacts(verb: verb.uppercased(), argument: words.count > 1 ? words[1] : "")
    }

    /// A mailbox, with or without angle brackets, or `<>`.
    public mutating func set(sender text: String, parameters: [String]) throws(UsageError) {
        let bare = Self.withoutBrackets(text)
        if bare.isEmpty {
            transaction.sender = .null
        } else if let mailbox = Mailbox(bare) {
            transaction.sender = .mailbox(mailbox)
        } else {
            throw UsageError("`\(text)` is not a mailbox")
        }
        for text in parameters {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let keyword = parts.first, let parameter = ESMTPParameter(keyword, parts.count > 1 ? parts[1] : nil)
            else { throw UsageError("`\(text)` is not a parameter of MAIL") }
            transaction.mailParameters.set(parameter)
        }
    }

    public mutating func add(recipient text: String) throws(UsageError) {
        let bare = Self.withoutBrackets(text)
        if let mailbox = Mailbox(bare) {
            transaction.recipients.append(.init(.mailbox(mailbox)))
        } else if bare.lowercased() == "postmaster" {
            transaction.recipients.append(.init(.postmaster))
        } else {
            throw UsageError("`\(text)` is not a mailbox")
        }
    }

    /// The octets of a message; where no line ends in CRLF, LF stands for it.
    public mutating func set(message octets: [UInt8]) {
        let hasCRLF = zip(octets, octets.dropFirst()).contains { $0 == UInt8(ascii: "\r") && $1 == UInt8(ascii: "\n") }
        var buffer = ByteBuffer()
        for octet in octets {
            if octet == UInt8(ascii: "\n"), !hasCRLF { buffer.writeInteger(UInt8(ascii: "\r")) }
            buffer.writeInteger(octet)
        }
        transaction.message = SimulatedMessage(octets: buffer)
    }

    /// The message in a file, or on standard input for `-`.
    public mutating func set(messageFile path: String) throws(UsageError) {
        switch OperatorFile.read(path == "-" ? "/dev/stdin" : path, limit: Self.messageOctets) {
        case .success(let octets): set(message: octets)
        case .failure(let error): throw UsageError("`\(path)` cannot be read: \(error.reason)")
        }
    }

    private static func withoutBrackets(_ text: String) -> String {
        text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
    }
}
