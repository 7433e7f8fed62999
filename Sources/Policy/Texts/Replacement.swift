import Patterns

/// The `replace` of a rewrite: a text whose `$1` and `${name}` stand for groups of the pattern being replaced, and
/// whose places in braces stand for what is known when the rule acts.
struct Replacement: Sendable {
    enum Segment: Sendable {
        case place(TextTemplate.Segment)
        case replacement(PatternReplacement)
        case resolved(String)
    }

    var segments: [Segment]

    var attributes: [Attribute] {
        segments.compactMap { segment in
            if case .place(.attribute(let attribute)) = segment { attribute } else { nil }
        }
    }

    /// The replacement with all but the groups of the pattern filled in.
    func resolve(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        match: PatternMatch?,
        clean: (String) -> String = PeerText.forHeader
    ) -> Replacement {
        Replacement(
            segments: segments.map { segment in
                guard case .place(let place) = segment else { return segment }
                let template = TextTemplate([place])
                return .resolved(template.render(&reader, facts, match: match, clean: clean))
            }
        )
    }

    /// The text that takes the place of one match; meant for what `resolve` gave.
    func text(for match: PatternMatch) -> String {
        segments.reduce(into: "") { text, segment in
            switch segment {
            case .replacement(let replacement): text += replacement.expand(match)
            case .resolved(let resolved): text += resolved
            case .place: break
            }
        }
    }
}
