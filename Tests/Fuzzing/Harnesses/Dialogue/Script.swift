/// Who says what, in which pieces, and what happens in between.
///
/// An input is four octets of `DialogueTraits` and then what a peer says. The octet 255 is a mark: the octet behind it
/// is one of `Mark`, or 255 for the octet itself. What is said ends with the mark that follows, so that a script can cut
/// anywhere.
struct Script {
    enum Mark: UInt8, CaseIterable {
        /// What comes next is a piece of its own.
        case cut = 0x7C  // |
        /// The client speaks from here on, or the upstream.
        case client = 0x63  // c
        case upstream = 0x75  // u
        /// The next deadline comes.
        case deadline = 0x74  // t
        case clientEnds = 0x65  // e
        case clientLost = 0x6C  // l
        case clientClogs = 0x67  // g
        case clientDrains = 0x64  // d
        case clientSecured = 0x73  // s
        case clientInsecure = 0x78  // x
        case upstreamConnects = 0x6B  // k
        case upstreamUnreachable = 0x72  // r
        case upstreamCloses = 0x79  // y
        case upstreamClogs = 0x47  // G
        case upstreamDrains = 0x44  // D
        case upstreamSecured = 0x53  // S
        case upstreamInsecure = 0x58  // X
        case spoolFails = 0x66  // f
        case anotherClient = 0x61  // a
        case shutdown = 0x71  // q
        case shutdownNow = 0x51  // Q
    }

    enum Step {
        case clientSays([UInt8])
        case upstreamSays([UInt8])
        case happens(Mark)
    }

    static let traitOctets = 4

    let traits: DialogueTraits
    private(set) var steps: [Step] = []

    /// - Parameter speaker: who speaks first.
    init(_ octets: [UInt8], speaker: Mark) {
        let octetsOfTraits = Array(octets.prefix(Self.traitOctets))
        traits = DialogueTraits(octetsOfTraits + [UInt8](repeating: 0, count: Self.traitOctets - octetsOfTraits.count))
        var speaker = speaker
        var said: [UInt8] = []
        var rest = octets.dropFirst(Self.traitOctets)
        while let octet = rest.popFirst() {
            guard octet == 255, let next = rest.popFirst(), next != 255, let mark = Mark(rawValue: next) else {
                said.append(octet)
                continue
            }
            append(said, by: speaker)
            said = []
            switch mark {
            case .cut: break
            case .client, .upstream: speaker = mark
            default: steps.append(.happens(mark))
            }
        }
        append(said, by: speaker)
    }

    private mutating func append(_ said: [UInt8], by speaker: Mark) {
        guard !said.isEmpty else { return }
        steps.append(speaker == .client ? .clientSays(said) : .upstreamSays(said))
    }
}
