import Glibc
import Policy
import PolicyFiles
import RelayCore
import RelayTransport
import SMTPProtocol

extension ConfigurationReader {
    // MARK: Listeners

    /// Whether clients may log in.
    mutating func authentication(_ listener: DocumentMapping, isEncrypted: Bool) -> ClientAuthentication {
        guard let node = listener["auth"] else { return .afterTLS }
        let table: KeyValuePairs<String, ClientAuthentication> = [
            "off": .off, "after-tls": .afterTLS, "always": .always,
        ]
        guard let choice = reader.choice(node, "when AUTH is offered", among: table) else { return .afterTLS }
        if choice == .afterTLS, !isEncrypted, listener["tls"] == nil {
            reader.warning(at: node.location, "AUTH is never offered: the listener has no `tls`")
        }
        return choice
    }

    // MARK: Upstreams

    private static let largestSecret = 16_384

    /// `{ user: …, password-file: … }`, or a `token-file`.
    mutating func login(_ node: DocumentNode, server: Endpoint, tls: UpstreamTLS?) -> UpstreamLogin? {
        let keys = ConfigurationKeys.names(ConfigurationKeys.login)
        guard let mapping = reader.mapping(node, "a login", keys: keys) else { return nil }
        let user = reader.required("user", of: mapping, "a login", at: node.location)
            .flatMap { reader.name($0, "the name of a user") }
        if !server.isLocal, tls == nil || tls?.demand == .opportunistic {
            reader.error(
                at: node.location, "a login needs `tls: required`, `tls: verified` or `tls: implicit` of the upstream"
            )
        }
        var secret: UpstreamLogin.Secret?
        switch (mapping["password-file"], mapping["token-file"]) {
        case (let file?, nil): secret = self.secret(file, "the path of a password").map { .password($0) }
        case (nil, let file?): secret = self.secret(file, "the path of a token").map { .token($0) }
        default: reader.error(at: node.location, "a login needs either the key `password-file` or the key `token-file`")
        }
        guard let user, let secret else { return nil }
        return UpstreamLogin(user: user, secret: secret, mayBeInClear: server.isLocal)
    }

    /// Whether a file, named as in the configuration, is closed to users at large; an error when it is not. Its group may
    /// have it, as Debian's `ssl-cert` has keys.
    @discardableResult
    mutating func checkSecrecy(of name: String, at node: DocumentNode) -> Bool {
        var status = stat()
        guard stat(OperatorFile.resolve(name, relativeTo: path), &status) == 0, status.st_mode & 0o007 != 0 else {
            return true
        }
        reader.error(at: node.location, "`\(name)` can be read or written by everybody; `chmod o= \(name)` helps")
        return false
    }

    /// The one line of a file that nobody else may read.
    private mutating func secret(_ node: DocumentNode, _ subject: String) -> Credential? {
        guard let name = reader.name(node, subject) else { return nil }
        let path = OperatorFile.resolve(name, relativeTo: path)
        let octets: [UInt8]
        switch OperatorFile.read(path, limit: Self.largestSecret) {
        case .success(let read): octets = read
        case .failure(let error):
            reader.report(error.diagnostic(of: path, namedAt: node.location))
            return nil
        }
        guard checkSecrecy(of: name, at: node) else { return nil }
        var line = octets[...]
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty, line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let text = String(validating: line, as: UTF8.self)
        else {
            reader.error(at: node.location, "`\(name)` is not one line of text")
            return nil
        }
        return Credential(text)
    }
}

extension Endpoint {
    /// Whether what is said to it stays on this host.
    fileprivate var isLocal: Bool {
        switch self {
        case .address(let address, _): address.isLoopback
        case .name(let name, _): name.lowercased() == "localhost"
        case .unixSocket: true
        }
    }
}
