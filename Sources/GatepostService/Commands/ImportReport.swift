import Policy
import PolicyFiles

/// A policy made of a table of another mail server, and what is to be said of that.
public struct ImportReport: CommandReport {
    public let text: String
    public let diagnostics: [Diagnostic]

    init(_ imported: PostfixImport) {
        text = imported.text
        diagnostics = imported.diagnostics
    }

    public var exitCode: ExitStatus { diagnostics.containsErrors ? .data : .success }

    private enum Key: CodingKey {
        case diagnostics, policy
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(diagnostics.map(EncodedDiagnostic.init), forKey: .diagnostics)
        try container.encode(text, forKey: .policy)
    }
}

/// A table of Postfix as the options of `import` name it.
public struct PostfixTableRequest: Sendable {
    let path: String
    let type: PostfixTableType

    /// A type in front of the path, or in an option, or the standard one.
    public init(
        _ table: String, type option: String?, among types: [PostfixTableType], standard: PostfixTableType
    ) throws(UsageError) {
        let (prefix, path) = PostfixTableType.split(table)
        self.path = path
        if let option {
            guard let type = PostfixTableType(name: option) else {
                throw UsageError("`\(option)` is not a type of table; expected \(Self.names(types))")
            }
            self.type = type
        } else {
            type = prefix ?? standard
        }
        guard types.contains(type) else {
            throw UsageError(
                "a table of the type `\(type.rawValue)` cannot be used for this; expected \(Self.names(types))")
        }
    }

    public func headerChecks() -> ImportReport {
        ImportReport(PostfixHeaderChecks.policy(of: path, type: type))
    }

    public func access(for subject: PostfixAccessSubject, parentsMatch: Bool) -> ImportReport {
        ImportReport(PostfixAccess.policy(of: path, type: type, for: subject, parentsMatch: parentsMatch))
    }

    private static func names(_ types: [PostfixTableType]) -> String {
        PostfixTableType.names.filter { name in PostfixTableType(name: name).map(types.contains) ?? false }
            .joined(separator: ", ")
    }
}
