import Patterns

/// A text of a rule with places for what is known when the rule acts.
struct TextTemplate: Hashable, Sendable {
    enum Segment: Hashable, Sendable {
        case literal(String)
        /// The values of an attribute.
        case attribute(Attribute)
        /// What the session or the rule tells.
        case place(TextPlace)
        /// A group of the last pattern of the rule's conditions that held.
        case group(Int)
        case namedGroup(String)
    }

    var segments: [Segment]

    init(_ segments: [Segment]) {
        self.segments = segments
    }

    /// The attributes that stand in the text.
    var attributes: [Attribute] {
        segments.compactMap { segment in
            if case .attribute(let attribute) = segment { attribute } else { nil }
        }
    }

    /// The text with its places filled in, each value made safe by `clean`.
    func render(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        match: PatternMatch?,
        clean: (String) -> String
    ) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .literal(let literal): text += literal
            case .attribute(let attribute):
                text += clean(reader.values(of: attribute, facts).map(\.text).joined(separator: ", "))
            case .place(let place): text += clean(place.text(at: reader.stage, facts) ?? "")
            case .group(let number): text += clean(match?[number] ?? "")
            case .namedGroup(let name): text += clean(match?[name] ?? "")
            }
        }
        return text
    }
}
