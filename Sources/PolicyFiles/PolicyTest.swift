import Policy

/// A test that a policy carries: a transaction, and what the policy must make of it.
public struct PolicyTest: Sendable {
    public var name: String
    public var location: SourceLocation
    /// The name of the policy, and the file that holds both.
    public var policy: String
    public var path: String
    public var given: SimulatedTransaction
    public var expectations: [PolicyExpectation]
}

/// One thing that a test expects, at the place where it is written.
public struct PolicyExpectation: Sendable {
    public enum Subject: Hashable, Sendable {
        case verdict(SimulatedOutcome.Verdict)
        /// The stage that decides.
        case stage(Stage)
        /// The rules that hold, in order.
        case rules([String])
        /// How the reply begins: a code, or more of it.
        case reply(String)
        /// The decoded values of a header field from top to bottom; none when it must be absent.
        case header(name: String, values: [String])
        /// The names of the attachments that are passed on, in order; those without a name are left out.
        case attachments([String])
        /// A text that the text of the message holds as it is passed on.
        case body(String)
        /// The tags at the end.
        case tags([String])
        /// The EHLO keywords that are hidden.
        case hidden([String])
        /// The sender that is passed on, as an address; `<>` for the null reverse-path.
        case sender(String)
        /// The recipients that are passed on, as addresses, in the order in which the upstream hears of them.
        case recipients([String])
        /// The recipients that are refused, as addresses.
        case refusedRecipients([String])
        /// The recipients that are answered 250 and not passed on, as addresses.
        case discardedRecipients([String])
        /// How long the client waits, all in all.
        case delay(Duration)
        /// A text that a line of the log holds.
        case log(String)
    }

    public var subject: Subject
    public var location: SourceLocation
}

/// What came of one test.
public struct PolicyTestResult: Sendable {
    /// An expectation that was not met.
    public struct Failure: Hashable, Sendable, CustomStringConvertible {
        public var location: SourceLocation
        /// What was looked at: `verdict`, `header Subject`.
        public var subject: String
        public var expected: String
        public var found: String

        public var description: String { "\(location): \(subject): expected \(expected), found \(found)" }
    }

    public var test: PolicyTest
    public var failures: [Failure]
    /// How the transaction went, for showing why.
    public var outcome: SimulatedOutcome

    public var passed: Bool { failures.isEmpty }
}
