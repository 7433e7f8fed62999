import SMTPProtocol

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
                checkEntries(of: list, compilation)
            }
        }
    }

    /// Entries are held against the attribute that is looked up in their list. Where there is none, what looks like an
    /// address and is no address is wrong all the same.
    private static func checkEntries(of list: ListDraft, _ compilation: Compilation) {
        for entry in list.source.entries.prefix(1000) where looksLikeNetwork(entry.value) {
            guard IPNetwork(entry.value) == nil else { continue }
            compilation.warning(
                at: entry.location,
                "`\(entry.value)` in the list `\(list.source.name.value)` looks like an address; expected "
                    + AttributeKind.network.expectation(for: entry.value)
            )
        }
    }

    private static func looksLikeNetwork(_ text: String) -> Bool {
        let address = text.prefix { $0 != "/" }
        let isV4 = address.count { $0 == "." } == 3 && address.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
        let isV6 = address.contains(":") && address.allSatisfy { $0 == ":" || $0 == "." || $0.isHexDigit }
        return isV4 || isV6
    }
}
