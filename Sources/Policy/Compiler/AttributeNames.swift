import MailMessage

/// Finds attributes by the names that policies use.
enum AttributeNames {
    /// The fixed names, and those of the header fields that rules ask for most, as candidates for a suggestion.
    static let all =
        AttributeTable.fixed.map(\.name)
        + ["from", "to", "cc", "reply-to", "subject", "date", "message-id", "received"].map { "header.\($0)" }

    enum Problem: Error, Hashable {
        case unknown(String)
        case headerAspect(String, field: String)
        case headerName(String)

        /// What is wrong, with a suggestion when the name is unknown.
        func message(hint: String) -> String {
            switch self {
            case .unknown(let name): "unknown attribute `\(name)`" + hint
            case .headerName(let name): "`\(name)` is not the name of a header field"
            case .headerAspect(let aspect, let field):
                "unknown aspect `\(aspect)` of the header field `\(field)`; expected one of "
                    + HeaderAspect.suffixes.joined(separator: ", ")
                    + NearestName.hint(aspect, among: HeaderAspect.suffixes)
            }
        }
    }

    static func resolve(_ name: String, in compilation: Compilation) -> Result<AttributeTraits, Problem> {
        if let traits = AttributeTable.byName[name] { return .success(traits) }
        guard name.hasPrefix("header.") else { return .failure(.unknown(name)) }
        let parts = name.dropFirst("header.".count).split(separator: ".", omittingEmptySubsequences: false)
        guard let field = parts.first, HeaderName.isValid(field) else {
            return .failure(.headerName(String(name.dropFirst("header.".count))))
        }
        let suffix = parts.dropFirst().joined(separator: ".")
        guard let aspect = HeaderAspect(rawValue: suffix), parts.count == 1 || aspect != .decoded else {
            return .failure(.headerAspect(suffix, field: String(field)))
        }
        return .success(AttributeTable.headerTraits(slot: compilation.slot(of: field), aspect))
    }
}
