import Policy

/// What a command has to say: text for a reader, JSON for a program, and how the process ends.
public protocol CommandReport: Encodable, Sendable {
    /// For standard output.
    var text: String { get }
    /// What is wrong with the operator's files: for standard error.
    var diagnostics: [Diagnostic] { get }
    var exitCode: ExitStatus { get }
}

extension CommandReport {
    /// The report as JSON, diagnostics included.
    public var json: String { JSONText.print(self) }
}

/// How a command ends (sysexits.h where there is a name for it).
public enum ExitStatus: Int32, Sendable {
    case success = 0
    /// A test failed, a transaction was refused, a listener could not be bound.
    case failure = 1
    /// EX_USAGE
    case usage = 64
    /// EX_DATAERR
    case data = 65
    /// EX_CONFIG
    case configuration = 78
}

/// A diagnostic as JSON.
struct EncodedDiagnostic: Encodable {
    let file: String
    let line: Int
    let column: Int
    let severity: String
    let message: String

    init(_ diagnostic: Diagnostic) {
        file = diagnostic.location.file
        line = diagnostic.location.line
        column = diagnostic.location.column
        severity = diagnostic.severity.rawValue
        message = diagnostic.message
    }
}
