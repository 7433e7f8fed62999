import Policy

/// Turns a table of access(5) into a policy that gives the same answers.
public enum PostfixAccess {
    /// The policy of a table in a file. `parentsMatch` says whether a domain stands for its subdomains, too, as it does
    /// unless parent_domain_matches_subdomains is set otherwise.
    public static func policy(
        of path: String, type: PostfixTableType, for subject: PostfixAccessSubject,
        parentsMatch: Bool = true
    ) -> PostfixImport {
        let (lines, diagnostics) = PostfixImport.lines(of: path)
        return policy(
            of: lines, type: type, for: subject, parentsMatch: parentsMatch, path: path,
            diagnostics: diagnostics
        )
    }

    /// The policy of a table as text.
    public static func policy(
        ofText text: String,
        type: PostfixTableType,
        for subject: PostfixAccessSubject,
        parentsMatch: Bool = true,
        path: String
    ) -> PostfixImport {
        let (lines, diagnostics) = PostfixTableText.lines(of: text, path: path)
        return policy(
            of: lines, type: type, for: subject, parentsMatch: parentsMatch, path: path,
            diagnostics: diagnostics
        )
    }

    private static func policy(
        of lines: [PostfixLine],
        type: PostfixTableType,
        for subject: PostfixAccessSubject,
        parentsMatch: Bool,
        path: String,
        diagnostics: [Diagnostic]
    ) -> PostfixImport {
        if type == .hash {
            let table = PostfixKeyTable(lines)
            var draft = PostfixAccessKeyDraft(table.entries, for: subject, parentsMatch: parentsMatch)
            draft.make()
            return PostfixImport(
                draft.rules, lists: draft.lists, of: path, remarks: remarks(subject),
                diagnostics: diagnostics + table.diagnostics + draft.diagnostics
            )
        }
        let table = PostfixPatternTable(lines, type: type)
        var draft = PostfixAccessPatternDraft(table.entries, for: subject)
        draft.make()
        return PostfixImport(
            draft.rules, of: path, remarks: remarks(subject),
            diagnostics: diagnostics + table.diagnostics + draft.diagnostics
        )
    }

    private static func remarks(_ subject: PostfixAccessSubject) -> [String] {
        [
            "The table was asked about the \(subject.rawValue). Where Postfix says OK it asks no further restriction of "
                + "that list; here `accept` ends the rules of the stage, those of policies behind this one among them."
        ]
    }
}
