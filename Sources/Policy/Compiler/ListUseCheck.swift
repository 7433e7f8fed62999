/// A list that no rule looks anything up in was most likely meant for one.
enum ListUseCheck {
    static func run(_ compilation: Compilation) {
        for policy in compilation.policies {
            for list in policy.lists where !list.isUsed {
                compilation.warning(
                    at: list.source.name.location, "the list `\(list.source.name.value)` is never used"
                )
            }
        }
    }
}
