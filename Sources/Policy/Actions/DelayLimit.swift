/// How long `delay` may let a client wait.
enum DelayLimit {
    /// All delays of one stage together. A client waits five minutes for an answer [RFC 5321, 4.5.3.2], and the upstream
    /// takes of that what it needs.
    static let longest = Duration.seconds(120)
}
