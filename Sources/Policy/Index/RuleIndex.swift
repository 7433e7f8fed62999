import Patterns

/// Which rules of a stage may hold, worked out from the values of each attribute once, so that the others are not tried.
///
/// For each rule its condition names triggers, one of which is seen whenever it holds (`Condition.triggerChoices`). Those
/// of all rules are gathered by attribute; patterns are searched for in one pass, equal values are looked up. A rule without
/// triggers may always hold. The rules named are then tried as if there were no index, so that nothing but the time
/// depends on it.
struct RuleIndex: Sendable {
    private var always: RuleSelection
    private var patterns: PatternSet?
    /// The probes of attributes that are no header fields.
    private var probes: [Probe] = []
    /// The probes of header fields, by slot: only those of the fields that a message has are asked.
    private var headerProbes: [Int: [Probe]] = [:]

    init(_ rules: [Rule], store: DatabaseStore?) {
        always = RuleSelection(count: rules.count)
        let triggers = TriggerSelector(rules.map(\.condition.triggerChoices)).best
        let soughtTexts = Self.soughtTexts(in: triggers)
        let set = soughtTexts.isEmpty ? nil : PatternSet(soughtTexts, store: store)
        patterns = set
        var builder = ProbeBuilder(
            places: Dictionary(uniqueKeysWithValues: zip(soughtTexts, soughtTexts.indices)),
            unscreened: Set(set?.unscreened ?? [])
        )
        for (place, triggers) in triggers.enumerated() {
            guard let triggers, builder.add(triggers, for: Int32(truncatingIfNeeded: place)) else {
                always.insert(place)
                continue
            }
        }
        for probe in builder.finish() {
            if case .header(let slot, _) = probe.attribute {
                headerProbes[slot, default: []].append(probe)
            } else {
                probes.append(probe)
            }
        }
    }

    /// Adds the rules that may hold as things are.
    func select(_ reader: inout AttributeReader, _ facts: Facts, into selection: inout RuleSelection) {
        selection.formUnion(always)
        for probe in probes { probe.select(&reader, facts, patterns, into: &selection) }
        if headerProbes.isEmpty { return }
        for slot in reader.headerSlots() {
            for probe in headerProbes[slot] ?? [] { probe.select(&reader, facts, patterns, into: &selection) }
        }
    }

    /// The patterns of some triggers, each once.
    private static func soughtTexts(in triggers: [[Trigger]?]) -> [SoughtText] {
        var known: Set<SoughtText> = []
        return triggers.flatMap { $0 ?? [] }.compactMap { trigger in
            guard case .found(_, let sought) = trigger, known.insert(sought).inserted else { return nil }
            return sought
        }
    }
}

/// Gathers triggers by attribute.
private struct ProbeBuilder {
    let places: [SoughtText: Int]
    let unscreened: Set<Int>
    private var probes: [Probe] = []
    private var indices: [Attribute: Int] = [:]

    init(places: [SoughtText: Int], unscreened: Set<Int>) {
        self.places = places
        self.unscreened = unscreened
    }

    /// Adds the triggers of a rule; false when one of them cannot be looked for.
    mutating func add(_ triggers: [Trigger], for rule: Int32) -> Bool {
        guard triggers.allSatisfy(isScreened) else { return false }
        for trigger in triggers {
            switch trigger {
            case .member(let attribute, let set): withProbe(of: attribute) { $0.insert(set, for: rule) }
            case .present(let attribute): withProbe(of: attribute) { $0.insertPresence(for: rule) }
            case .found(let attribute, let sought):
                guard let place = places[sought] else { return false }
                withProbe(of: attribute) { $0.insert(patternAt: place, for: rule) }
            }
        }
        return true
    }

    /// The probes, complete.
    consuming func finish() -> [Probe] {
        for index in probes.indices { probes[index].finish() }
        return probes
    }

    private func isScreened(_ trigger: Trigger) -> Bool {
        guard case .found(_, let sought) = trigger, let place = places[sought] else { return true }
        return !unscreened.contains(place)
    }

    private mutating func withProbe(of attribute: Attribute, _ body: (inout Probe) -> Void) {
        let index = indices[attribute] ?? probes.count
        if index == probes.count {
            indices[attribute] = index
            probes.append(Probe(attribute))
        }
        body(&probes[index])
    }
}
