/// A list that no rule looks anything up in was most likely meant for one. Among errors that is not worth saying: a rule
/// that is mistaken may be what the list is for.
enum ListUseCheck {
    static func run(_ compilation: Compilation) {
        guard !compilation.diagnostics.containsErrors else { return }
        for policy in compilation.policies {
            for list in policy.lists where !list.isUsed {
                compilation.warning(
                    at: list.source.name.location, "the list `\(list.source.name.value)` is never used"
                )
            }
        }
    }
}
