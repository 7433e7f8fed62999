/// A rough reading of a pattern: which of its items repeat, and a text or two that each of them takes.
///
/// It need not be exact: subjects are made of it to see what a search costs on them, and the search itself is exact. What
/// is not understood takes no text.
struct PatternOutline {
    indirect enum Item {
        /// A character or a class, with texts that it takes.
        case atom([String], isRepeated: Bool)
        case group([[Item]], isRepeated: Bool)

        var isRepeated: Bool {
            switch self {
            case .atom(_, let isRepeated), .group(_, let isRepeated): isRepeated
            }
        }

        /// One text that the item takes.
        var sample: String {
            switch self {
            case .atom(let texts, _): texts.first ?? ""
            case .group(let alternatives, _): PatternOutline.sample(of: alternatives.first ?? [])
            }
        }

        /// Texts that may be taken by one round of the item, or by a part of it.
        var pumps: [String] {
            switch self {
            case .atom(let texts, _): return texts
            case .group(let alternatives, _):
                let whole = alternatives.map(PatternOutline.sample(of:))
                return whole + [whole.joined()] + alternatives.flatMap { $0.flatMap(\.pumps) }
            }
        }
    }

    let alternatives: [[Item]]

    init(_ source: String) {
        var reader = OutlineReader(source)
        alternatives = reader.alternatives(depth: 0)
    }

    /// Whether a repeat could be walked in several ways: it stands around something, or beside another one.
    var mayBacktrack: Bool {
        let repeats = Self.repeats(in: alternatives)
        return repeats.count > 1 || repeats.contains { if case .group = $0 { true } else { false } }
    }

    /// An item that repeats, with texts that are taken before it and behind it.
    struct Place {
        var prefix: String
        var item: Item
        var rest: String
    }

    /// Each item that repeats.
    var places: [Place] {
        alternatives.flatMap { Self.places(in: $0, behind: "", before: "") }
    }

    static func sample(of items: [Item]) -> String {
        items.map(\.sample).joined()
    }

    private static func repeats(in alternatives: [[Item]]) -> [Item] {
        alternatives.flatMap { items in
            items.flatMap { item -> [Item] in
                var repeats = item.isRepeated ? [item] : []
                if case .group(let inner, _) = item { repeats += Self.repeats(in: inner) }
                return repeats
            }
        }
    }

    private static func places(in items: [Item], behind prefix: String, before rest: String) -> [Place] {
        var places: [Place] = []
        var prefix = prefix
        for (index, item) in items.enumerated() {
            let behind = sample(of: Array(items[(index + 1)...])) + rest
            if item.isRepeated { places.append(Place(prefix: prefix, item: item, rest: behind)) }
            if case .group(let inner, _) = item {
                places += inner.flatMap { Self.places(in: $0, behind: prefix, before: behind) }
            }
            prefix += item.sample
        }
        return places
    }
}
