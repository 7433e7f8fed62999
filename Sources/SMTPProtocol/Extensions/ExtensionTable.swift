/// An SMTP extension: what its EHLO keyword adds to the protocol.
public struct SMTPExtension: Hashable, Sendable {
    /// In upper case.
    public let keyword: String
    /// Where it is defined, by number.
    public let rfc: Int
    /// Keywords of the parameters that it gives MAIL.
    public let mailParameters: [String]
    /// Keywords of the parameters that it gives RCPT.
    public let rcptParameters: [String]
    /// Octets by which it makes the line of MAIL longer.
    public let mailOctets: Int
    /// Octets by which it makes the line of RCPT longer.
    public let rcptOctets: Int
    /// Whether Gatepost relays it: what it does not relay is never offered.
    public let isImplemented: Bool

    fileprivate init(
        _ keyword: String, rfc: Int, mail: [String] = [], mailOctets: Int = 0, rcpt: [String] = [], rcptOctets: Int = 0,
        isImplemented: Bool = false
    ) {
        self.keyword = keyword
        self.rfc = rfc
        mailParameters = mail
        rcptParameters = rcpt
        self.mailOctets = mailOctets
        self.rcptOctets = rcptOctets
        self.isImplemented = isImplemented
    }
}

/// The extensions that are known, one row each.
public enum ExtensionTable {
    public static let rows: [SMTPExtension] = [
        SMTPExtension("PIPELINING", rfc: 2920, isImplemented: true),
        SMTPExtension("SIZE", rfc: 1870, mail: ["SIZE"], mailOctets: 26, isImplemented: true),
        SMTPExtension("8BITMIME", rfc: 6152, mail: ["BODY"], mailOctets: 17, isImplemented: true),
        SMTPExtension("SMTPUTF8", rfc: 6531, mail: ["SMTPUTF8"], mailOctets: 10, isImplemented: true),
        SMTPExtension(
            // RFC 3461 names no increment: `RET=FULL`, and `ENVID=` with the 100 characters of section 4.4; the longest
            // NOTIFY, and an ORCPT of 500 characters (section 4.2); a space before each.
            "DSN", rfc: 3461, mail: ["RET", "ENVID"], mailOctets: 9 + 107, rcpt: ["NOTIFY", "ORCPT"],
            rcptOctets: 29 + 501, isImplemented: true),
        SMTPExtension("ENHANCEDSTATUSCODES", rfc: 2034, isImplemented: true),
        SMTPExtension("CHUNKING", rfc: 3030),
        SMTPExtension("BINARYMIME", rfc: 3030, mail: ["BODY"], mailOctets: 16),
        SMTPExtension("STARTTLS", rfc: 3207),
        SMTPExtension("AUTH", rfc: 4954, mail: ["AUTH"], mailOctets: 500, isImplemented: true),
        SMTPExtension("REQUIRETLS", rfc: 8689, mail: ["REQUIRETLS"], mailOctets: 11),
        SMTPExtension("HELP", rfc: 5321),
        SMTPExtension("VRFY", rfc: 5321),
        SMTPExtension("EXPN", rfc: 5321),
        SMTPExtension("ETRN", rfc: 1985),
        SMTPExtension("LIMITS", rfc: 9422),
    ]

    /// The longest command line of the basic protocol with its CRLF (RFC 5321 section 4.5.3.1.4).
    public static let basicCommandLineOctets = 512

    /// The row of a keyword in any case.
    public static subscript(keyword: String) -> SMTPExtension? {
        let keyword = keyword.uppercased()
        return rows.first { $0.keyword == keyword }
    }

    /// The longest command line, CRLF included, when these keywords are offered.
    ///
    /// One limit serves every command, since it is needed before the command is known: 512 and the larger of what the
    /// extensions add to MAIL and to RCPT together.
    public static func commandLineLimit(offering keywords: [String]) -> Int {
        let keywords = keywords.map { $0.uppercased() }
        let offered = rows.filter { keywords.contains($0.keyword) }
        let mail = offered.reduce(0) { $0 + $1.mailOctets }
        let rcpt = offered.reduce(0) { $0 + $1.rcptOctets }
        return basicCommandLineOctets + max(mail, rcpt)
    }
}
