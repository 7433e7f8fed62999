extension ListDraft {
    /// How many unfit entries of one list are reported before the rest is counted.
    private static let reported = 10

    /// The list in the form in which values of a kind are looked up, with diagnostics for entries that are not of it.
    func set(for kind: AttributeKind, name: String, _ compilation: Compilation) -> SharedSet {
        if let known = sets[kind] { return known }
        var unfit: [Located<String>] = []
        var unfitCount = 0
        let set = SharedSet(
            OperandReader.set(of: source.entries, kind: kind) { entry in
                unfitCount += 1
                if unfitCount <= Self.reported + 1 { unfit.append(entry) }
            })
        for entry in unfit.prefix(Self.reported) {
            compilation.error(
                at: entry.location,
                "`\(entry.value)` in the list `\(source.name.value)` does not fit `\(name)`, which is looked up in it; "
                    + "expected \(kind.expectation(for: entry.value))"
            )
        }
        if let next = unfit.dropFirst(Self.reported).first {
            compilation.error(
                at: next.location,
                "\(unfitCount - Self.reported) more entries of the list `\(source.name.value)` do not fit `\(name)`"
            )
        }
        sets[kind] = set
        return set
    }
}
