import SMTPProtocol

/// What the sink says.
enum SinkReply {
    static let ok = Reply(.ok, EnhancedStatusCode("2.0.0"), "Ok")
    static let senderOk = Reply(.ok, EnhancedStatusCode("2.1.0"), "Sender ok")
    static let recipientOk = Reply(.ok, EnhancedStatusCode("2.1.5"), "Recipient ok")
    static let stored = Reply(.ok, EnhancedStatusCode("2.6.0"), "Message stored")
    static let goAhead = Reply(.startMailInput, nil, "End data with <CR><LF>.<CR><LF>")
    static let bye = Reply(.closingChannel, EnhancedStatusCode("2.0.0"), "Bye")
    static let help = Reply(.help, EnhancedStatusCode("2.0.0"), "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT")
    static let cannotVerify = Reply(.cannotVerify, EnhancedStatusCode("2.5.0"), "Cannot verify, but will take it")
    static let notImplemented = Reply(.commandNotImplemented, .permanent(5, 1), "Command is not implemented")
    static let badSequence = Reply(.badSequence, .permanent(5, 1), "Bad sequence of commands")
    static let noRecipients = Reply(.transactionFailed, .permanent(5, 1), "No valid recipients")
    static let lineTooLong = Reply(.commandUnrecognized, .permanent(5, 2), "Line is too long")
    static let bareLineFeed = Reply(.commandUnrecognized, .permanent(5, 2), "Lines must end in CR LF")
    static let parameterNotOffered = Reply(.parametersNotRecognized, .permanent(5, 4), "Parameter is not offered")
    static let tooManyRecipients = Reply(.insufficientStorage, EnhancedStatusCode("4.5.3"), "Too many recipients")
    static let tooLarge = Reply(.exceededStorageAllocation, EnhancedStatusCode("5.3.4"), "Message is too large")
    static let noSuchUser = Reply(.mailboxUnavailable, EnhancedStatusCode("5.1.1"), "No such user here")
    static let refused = Reply(.transactionFailed, EnhancedStatusCode("5.3.0"), "Message refused as asked for")
    static let notStored = Reply(.localError, EnhancedStatusCode("4.3.0"), "Message could not be stored")
}
