import Policy

/// Turns a table of header_checks(5) into a policy that does the same to a message's header section.
///
/// Postfix goes through the fields and does to each what the first entry that meets it says. The policy has one rule
/// for an entry; `PostfixFieldTest` sees to it that a rule holds for the fields that are its own. Refusals end the
/// stage, so they need not be left out below. Rules that edit stand behind all that look, because what Postfix writes
/// is not looked at again.
public enum PostfixHeaderChecks {
    /// The policy of a table in a file.
    public static func policy(of path: String, type: PostfixTableType) -> PostfixImport {
        let (lines, diagnostics) = PostfixImport.lines(of: path)
        return policy(of: lines, type: type, path: path, diagnostics: diagnostics)
    }

    /// The policy of a table as text.
    public static func policy(ofText text: String, type: PostfixTableType, path: String) -> PostfixImport {
        let (lines, diagnostics) = PostfixTableText.lines(of: text, path: path)
        return policy(of: lines, type: type, path: path, diagnostics: diagnostics)
    }

    private static func policy(
        of lines: [PostfixLine], type: PostfixTableType, path: String, diagnostics: [Diagnostic]
    ) -> PostfixImport {
        let table = PostfixPatternTable(lines, type: type)
        var draft = PostfixHeaderDraft(table.entries)
        draft.make()
        return PostfixImport(
            draft.rules, of: path, remarks: remarks,
            diagnostics: diagnostics + table.diagnostics + draft.diagnostics
        )
    }

    private static let remarks = [
        "The rules stand in the order of the table, those that edit behind the others. Postfix also holds header_checks "
            + "against the header fields of MIME parts and of attached messages; these rules see the header section of "
            + "the message. Each rule acts once on a message: the text of a refusal, a line of the log and a field that "
            + "is added come from the first field that meets it."
    ]
}

/// The rules of a table while they are made.
private struct PostfixHeaderDraft {
    private let entries: [PostfixPatternEntry]
    private let actions: [PostfixHeaderAction]
    private(set) var rules: [ImportedRule] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// Patterns of other entries that rules leave out, all together.
    private var exclusions = 0

    /// As many as make a policy that nobody wants to read and a machine still can.
    private static let exclusionLimit = 500_000

    init(_ entries: [PostfixPatternEntry]) {
        self.entries = entries
        actions = entries.map { PostfixHeaderAction($0) }
    }

    mutating func make() {
        for entry in entries { diagnostics += entry.remarks }
        let passing = entries.indices.filter { !actions[$0].endsMessage }
        var written: [PostfixWrittenField] = []
        for pass in 0...3 {
            for index in entries.indices where actions[index].pass == pass {
                let others = passing.prefix { $0 < index }.map { entries[$0] }
                rules.append(rule(of: entries[index], actions[index], behind: others, written))
                if let field = actions[index].written { written.append(field) }
                guard exclusions <= Self.exclusionLimit else { return giveUp(at: entries[index]) }
            }
        }
    }

    private mutating func giveUp(at entry: PostfixPatternEntry) {
        diagnostics.append(.error(at: entry.location, "too many entries that have to be left out of each other"))
    }

    private mutating func rule(
        of entry: PostfixPatternEntry,
        _ action: PostfixHeaderAction,
        behind above: [PostfixPatternEntry],
        _ written: [PostfixWrittenField]
    ) -> ImportedRule {
        var rule = ImportedRule(
            name: "line-\(entry.line.number)", comments: entry.line.comments, entry: entry.line.text)
        rule.remarks = entry.remarks.map(\.message)
        do throws(Diagnostic) {
            let test = try PostfixFieldTest(of: entry, behind: above, written: written)
            exclusions += test.notFound.count
            rule.when = try Self.when(test)
            rule.then = try then(action, test, entry, &rule)
        } catch {
            lack(error.message, of: entry, &rule)
        }
        return rule
    }

    private static func when(_ test: PostfixFieldTest) throws(Diagnostic) -> PolicyText {
        var when = PolicyText()
        when.line("headers.field:")
        if let matches = try test.matches() { when.pair("matches", matches, indent: 2) }
        if test.notFound.count == 1 { when.pair("not-matches", test.notFound[0], indent: 2) }
        if test.notFound.count > 1 { when.items("not-matches", test.notFound, indent: 2) }
        return when
    }

    private mutating func then(
        _ action: PostfixHeaderAction,
        _ test: PostfixFieldTest,
        _ entry: PostfixPatternEntry,
        _ rule: inout ImportedRule
    ) throws(Diagnostic) -> [ImportedAction] {
        switch action {
        case .refuse(let reply):
            if reply.isChanged { remark("a reply is printable ASCII and short: the text is changed", entry, &rule) }
            if entry.result.splittingFirstWord()?.word.uppercased() != "REJECT" {
                remark("header_checks(5) knows no codes: Postfix warns and lets the message pass", entry, &rule)
            }
            return [.text(reply.action, reply.text)]
        case .discard(let log):
            return [.text("log", log), .plain("discard")]
        case .log(let text):
            return [.text("log", text)]
        case .remove(let log):
            let removal = ImportedAction.keyed("remove-header", [("field", try test.pattern())])
            return (log.map { [.text("log", $0)] } ?? []) + [removal]
        case .replace(let text):
            let pairs = [("field", try test.pattern()), ("replace", text.replacement)]
            return [.keyed("rewrite-header", pairs)]
        case .prepend(let name, let value):
            return [.keyed("add-header", [(name, value.template)])]
        case .leave:
            rule.remarks.append("The rules below leave such a field out.")
            return []
        case .unsupported(let reason):
            lack(reason, of: entry, &rule)
            return []
        }
    }

    private mutating func remark(_ message: String, _ entry: PostfixPatternEntry, _ rule: inout ImportedRule) {
        diagnostics.append(.warning(at: entry.resultLocation, message))
        rule.remarks.append(message)
    }

    private mutating func lack(_ reason: String, of entry: PostfixPatternEntry, _ rule: inout ImportedRule) {
        diagnostics.append(.warning(at: entry.location, "not carried over: \(reason)"))
        rule.remarks.append("Not carried over: \(reason).")
    }
}
