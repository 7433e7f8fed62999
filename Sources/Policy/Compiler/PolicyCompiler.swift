/// Turns policies as they are written into policies as they are run, and reports everything that is wrong with them.
///
/// The passes below run one after the other over one `Compilation`; a pass works with what those before it made and
/// goes on past mistakes, so that all of them are reported at once.
public enum PolicyCompiler {
    /// The compiled policies, nil when there is an error, and everything that is wrong, sorted by place.
    ///
    /// The order of the sources is the order in which the policies are tried within a stage.
    ///
    /// - Parameter tryingPatterns: Whether patterns are tried on texts made against them, which takes about a
    ///   millisecond each: for `check`, and not for what runs already.
    public static func compile(
        _ sources: [PolicySource],
        tryingPatterns: Bool = false
    ) -> (set: PolicySet?, diagnostics: [Diagnostic]) {
        let compilation = Compilation(sources)
        for pass in passes { pass.run(compilation) }
        if tryingPatterns { costPass.run(compilation) }
        let diagnostics = compilation.diagnostics.sorted { $0.location < $1.location }
        return (diagnostics.containsErrors ? nil : compilation.policySet(), diagnostics)
    }

    struct Pass: Sendable {
        var name: String
        var run: @Sendable (Compilation) -> Void
    }

    static let costPass = Pass(name: "patterns keep within their limits", run: { PatternCostCheck.run($0) })

    static let passes = [
        Pass(name: "names are unique", run: { NameCheck.run($0) }),
        Pass(name: "conditions and actions are read", run: { RuleReader.run($0) }),
        Pass(name: "rules find their stages", run: { StageResolver.run($0) }),
        Pass(name: "attributes and actions fit the stages", run: { PlacementCheck.run($0) }),
        Pass(name: "actions are completed", run: { ActionFinisher.run($0) }),
        Pass(name: "trace fields are kept", run: { TraceFieldCheck.run($0) }),
        Pass(name: "rules can be reached", run: { ReachabilityCheck.run($0) }),
        Pass(name: "lists are used", run: { ListUseCheck.run($0) }),
    ]
}
