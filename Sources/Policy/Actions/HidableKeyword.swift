/// The EHLO keywords that a policy may hide from a client.
///
/// ENHANCEDSTATUSCODES is not among them: every reply of Gatepost's own carries such a code.
enum HidableKeyword {
    static let all = [
        "8BITMIME", "AUTH", "BINARYMIME", "CHUNKING", "DSN", "ETRN", "EXPN", "HELP", "PIPELINING", "SIZE", "SMTPUTF8",
        "STARTTLS", "VRFY",
    ]
}
