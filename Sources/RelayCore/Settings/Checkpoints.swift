import MailMessage
import Policy

/// What a session must know of the policy: at which stages to stop and ask, and what to measure for it.
public struct Checkpoints: Hashable, Sendable {
    private var stages: UInt16 = 0
    /// A rule reads `message.longest-line`.
    public var measuresLongestLine = false
    /// A rule edits the content, or the header section by what it learns from the whole message.
    public var holdsMessage = false
    /// What the content must be scanned for; nil when no rule asks for the parts of a message.
    public var contentInterests: MIMEScanner.Interests?

    public init() {}

    public init(of policies: PolicySet) {
        for stage in Stage.allCases where policies.hasRules(at: stage) {
            insert(stage)
        }
        measuresLongestLine = policies.measuresLongestLine
        holdsMessage = policies.holdsMessage
        contentInterests = policies.contentInterests
    }

    public mutating func insert(_ stage: Stage) {
        stages |= 1 << UInt16(stage.rawValue)
    }

    public func contains(_ stage: Stage) -> Bool {
        stages & (1 << UInt16(stage.rawValue)) != 0
    }
}
