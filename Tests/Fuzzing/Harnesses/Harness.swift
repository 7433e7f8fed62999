/// What octets of a fuzzer are given to, and the properties that hold whatever they are.
///
/// A harness does the same for the same octets, whatever ran before it, and reaches neither network nor files of its
/// own accord. What takes octets from a peer in pieces is told in the input where to cut them.
public enum Harness: String, CaseIterable, Sendable {
    /// A client says the octets, before an upstream that answers as it should, but for one fault.
    case client
    /// An upstream says them, to a client that sends two mails; or both peers do, as in a transcript.
    case upstream
    /// They are a message: its header section is read, changed and written, its parts are found and rewritten.
    case header
    /// They are the text of a header field: encoded words are decoded, and it is encoded.
    case words
    /// They are a policy file.
    case policy
    /// They are a configuration file.
    case configuration
    /// They are the beginning of a connection from a proxy (PROXY protocol, version 1 or 2).
    case proxy
    /// They are command lines, XCLIENT and XFORWARD among them.
    case command

    /// Runs it on the octets; gives what does not hold, nothing when all is well.
    public func run(_ octets: [UInt8]) -> [String] {
        switch self {
        case .client: DialogueHarness.client(octets)
        case .upstream: DialogueHarness.upstream(octets)
        case .header: HeaderHarness.run(octets)
        case .words: EncodedWordHarness.run(octets)
        case .policy: DocumentHarness.policy(octets)
        case .configuration: DocumentHarness.configuration(octets)
        case .proxy: ProxyHarness.run(octets)
        case .command: CommandHarness.run(octets)
        }
    }

    /// Octets of an input: what a fuzzer makes of more of them is slower and no richer.
    public var longestInput: Int {
        switch self {
        case .client, .upstream: 700
        case .header: 500
        case .policy, .configuration: 400
        case .proxy, .words: 300
        case .command: 200
        }
    }
}
