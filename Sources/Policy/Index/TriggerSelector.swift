import Patterns

/// Selects what is looked for to find each rule.
///
/// Among several conditions of a rule the cheapest to look for is selected (`Trigger.Rank`), unless many rules have the
/// same: were thousands of rules found by the one domain that they all ask for, all of them had to be tried whenever it
/// is seen.
struct TriggerSelector {
    /// What a look-up finds rules by.
    private enum Key: Hashable {
        case value(Attribute, ValueKey.Kind, [UInt8])
        case list(Attribute, ObjectIdentifier)
        case found(Attribute, SoughtText)
        case present(Attribute)
    }

    /// More rules than this are not found by one key where there is another choice.
    private static let crowd = 32
    /// Of longer sets these many entries stand for all.
    private static let entriesCounted = 16

    private let choices: [[[Trigger]]]
    private var counts: [Key: Int] = [:]

    /// - Parameter choices: For each rule the choices that its condition leaves.
    init(_ choices: [[[Trigger]]]) {
        self.choices = choices
        // A rule with one choice has it, but what it has counts for those that can still choose.
        for triggers in choices {
            var own: Set<Key> = []
            for trigger in triggers.joined() { own.formUnion(Self.keys(of: trigger)) }
            for key in own { counts[key, default: 0] += 1 }
        }
    }

    /// The triggers of each rule; nil for one that may always hold.
    var best: [[Trigger]?] {
        choices.map { choices in
            if choices.count < 2 { return choices.first }
            return choices.map { (triggers: $0, cost: cost($0)) }.min { $0.cost < $1.cost }?.triggers
        }
    }

    /// Whether the triggers find a crowd, how much they cost to look for, and how many rules they find.
    private func cost(_ triggers: [Trigger]) -> (Int, Trigger.Rank, Int) {
        let most = triggers.flatMap(Self.keys).map { counts[$0] ?? 0 }.max() ?? 0
        return (most > Self.crowd ? 1 : 0, Trigger.rank(triggers), most)
    }

    private static func keys(of trigger: Trigger) -> [Key] {
        switch trigger {
        case .found(let attribute, let sought): return [.found(attribute, sought)]
        case .present(let attribute): return [.present(attribute)]
        case .member(let attribute, let set):
            guard set.values.count <= ValueIndex.largestSet else { return [.list(attribute, ObjectIdentifier(set))] }
            var keys: [Key] = []
            set.values.forEachKey { kind, octets in
                if keys.count < entriesCounted { keys.append(.value(attribute, kind, Array(octets))) }
            }
            return keys
        }
    }
}
