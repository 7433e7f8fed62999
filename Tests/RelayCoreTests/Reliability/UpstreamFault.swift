/// What an upstream does wrong, and where.
struct UpstreamFault: Hashable, Sendable, CustomStringConvertible {
    enum Place: Hashable, Sendable {
        /// Instead of the reply of this number, the first greeting being 0; a handshake counts as one.
        case reply(Int)
        /// Before it takes this octet of the relay's, counted over all connections.
        case heard(Int)
        /// Instead of this octet of its own.
        case said(Int)
    }

    enum Kind: Hashable, Sendable {
        /// By FIN: what was said before arrives.
        case closes
        /// By RST: what was said before and has not arrived is lost.
        case resets
        case stops
        /// Takes nothing more in, and says nothing: its window closes.
        case clogs
        /// Says something out of turn, and goes on.
        case says(String)
        case saysAndCloses(String)
        /// In place of the reply.
        case answers(String)
        case answersAndCloses(String)
        case answersTwice
        /// What is said behind the reply comes by itself.
        case answersAndAdds(String)
        case halfAReply(closing: Bool)
        case drops
    }

    var place: Place
    var kind: Kind

    var description: String { "\(place) \(kind)" }

    static let endlessReply = String(repeating: "250-more\r\n", count: 120)
    static let endlessLine = "250 " + String(repeating: "x", count: 70_000)

    /// Kinds at a reply.
    static let repliesKinds: [Kind] = [
        .closes, .resets, .stops, .answersTwice, .halfAReply(closing: true), .halfAReply(closing: false),
        .answersAndAdds("250 2.0.0 Too early\r\n"), .answersAndAdds("421 4.3.2 Bye\r\n"), .answersAndAdds("2"),
        .answersAndCloses("421 4.3.2 Bye\r\n"), .answers("421 4.3.2 Bye\r\n"), .answers("450 4.2.0 Later\r\n"),
        .answers("550 5.7.1 Never\r\n"), .answers("354 Go ahead\r\n"), .answers("350 Hm\r\n"), .answers("250 Ok\r\n"),
        .answers("150 Hm\r\n"), .answers("650 Hm\r\n"), .answers("099 Hm\r\n"), .answers("250\r\n"), .answers("25\r\n"),
        .answers("250 Ok\n"), .answers("250-a\r\n550 b\r\n"), .answers("250-a\r\n"), .answersAndCloses("250-a\r\n"),
        .answers("\u{1}garbage\r\n"), .answers("HTTP/1.1 400 Bad Request\r\n\r\n"), .answers("250 O\0k\r\n"),
        .answers("250 a\rb\r\n"), .answers("\r\n"), .answers(endlessReply), .answers(endlessLine),
        .answersAndCloses(""),
        .answers("550-a\r\n550-b\r\n550 c\r\n250 Ok\r\n"), .answersAndCloses("250 Ok\r\n"),
    ]
    /// Kinds in the midst of what it hears.
    static let hearingKinds: [Kind] = [
        .closes, .resets, .stops, .clogs, .says("250 2.0.0 Early\r\n"), .says("354 Early\r\n"), .says("25"),
        .says("\0"),
        .says("421 4.3.2 Bye\r\n"), .saysAndCloses("421 4.3.2 Bye\r\n"), .saysAndCloses("250 2.0.0 Early\r\n"),
        .saysAndCloses("451 4.3.0 Hm\r\n"), .says(endlessReply), .says("garbage\r\n"),
    ]
    /// Kinds in the midst of what it says.
    static let sayingKinds: [Kind] = [
        .closes, .resets, .stops, .drops, .says("\0"), .says("\n"), .says("\r"), .says("5"), .says("\r\n"),
        .says("250 2.0.0 Early\r\n"), .saysAndCloses("\r\n"), .says("421 4.3.2 Bye\r\n"),
    ]

    /// All faults in a dialogue of this extent.
    static func all(replies: Int, heard: Int, said: Int) -> [UpstreamFault] {
        (0..<replies).flatMap { place in repliesKinds.map { UpstreamFault(place: .reply(place), kind: $0) } }
            + (1...heard).flatMap { place in hearingKinds.map { UpstreamFault(place: .heard(place), kind: $0) } }
            + (1...said).flatMap { place in sayingKinds.map { UpstreamFault(place: .said(place), kind: $0) } }
    }
}
