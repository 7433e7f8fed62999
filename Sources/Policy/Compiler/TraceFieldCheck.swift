/// A relay is not to change or remove trace fields [RFC 5321, 4.4]. A policy may, for instance to hide a network; it is
/// told what it gives up.
enum TraceFieldCheck {
    private static let names = ["Received", "Return-Path"]

    static func run(_ compilation: Compilation) {
        for rule in compilation.rules where rule.mode != .off {
            for action in rule.actions {
                for name in fields(changedBy: action) {
                    compilation.warning(
                        at: action.location,
                        "`\(action.name.rawValue)` of `\(name)`: a relay keeps trace fields as they are "
                            + "[RFC 5321, 4.4]; without them loops and the way of a message are harder to find"
                    )
                }
            }
        }
    }

    /// The trace fields that an action takes away or writes anew.
    private static func fields(changedBy action: ActionDraft) -> [String] {
        guard case .ready(let actions) = action.content else { return [] }
        return actions.compactMap { action in
            switch action {
            case .setHeader(let name, _), .removeHeader(let name, _), .rewriteHeader(let name, _, _):
                names.first { Caseless.equal($0, name) }
            default: nil
            }
        }
    }
}
