import SMTPProtocol

extension AddressList.Entry {
    /// The address as a mailbox of the envelope, nil when it could not be one [5321 4.1.2].
    public var mailbox: Mailbox? { Mailbox(address) }
}
