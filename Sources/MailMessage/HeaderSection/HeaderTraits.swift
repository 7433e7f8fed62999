/// What is known of header fields by their name.
enum HeaderTraits {
    /// Fields that hold mailboxes [5322 3.6.2, 3.6.3, 3.6.6]: there an encoded word stands for words of a display
    /// name only, and never inside a quoted string [2047 5 (3)].
    private static let addressFields: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc",
        "resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc",
        "disposition-notification-to", "return-receipt-to", "errors-to",
    ]

    static func holdsAddresses(_ name: String) -> Bool {
        addressFields.contains(name.lowercased())
    }
}
