import Patterns

/// Reads what is asked of one attribute: a value, several, or operators with their operands.
struct MatcherReader {
    let compilation: Compilation
    let policy: PolicyDraft
    let rule: RuleDraft
    let name: String
    let traits: AttributeTraits
    /// Whether the test stands where it must not hold, so that its groups are never found.
    let isExclusion: Bool

    private var matchers: [ValueMatcher] = []
    private var exists: Bool?
    private var texts: [String] = []

    init(
        compilation: Compilation,
        policy: PolicyDraft,
        rule: RuleDraft,
        name: String,
        traits: AttributeTraits,
        isExclusion: Bool
    ) {
        self.compilation = compilation
        self.policy = policy
        self.rule = rule
        self.name = name
        self.traits = traits
        self.isExclusion = isExclusion
    }

    /// The test; nil when nothing of it could be understood.
    mutating func read(_ value: SourceValue, key: Located<String>) -> AttributeTest? {
        switch value {
        case .nothing(let location):
            compilation.error(at: location, "`\(name)` has no value; expected \(traits.kind.expectation)")
        case .scalar, .sequence:
            read(.is, value)
        case .mapping(let pairs, let location):
            if pairs.isEmpty { compilation.error(at: location, "`\(name)` has no operator") }
            for pair in pairs { readOperator(pair) }
        }
        if matchers.isEmpty, exists == nil { return nil }
        if exists == false, !matchers.isEmpty {
            compilation.error(at: key.location, "`exists: false` leaves `\(name)` nothing else to hold for")
        }
        if NumberBounds(matchers).isEmpty {
            compilation.error(
                at: key.location, "no `\(name)` is \(texts.joined(separator: " and ")): it can never hold")
        }
        return AttributeTest(
            attribute: traits.attribute,
            exists: exists,
            matchers: matchers,
            text: "`\(name)` " + texts.joined(separator: " and ")
        )
    }

    private mutating func readOperator(_ pair: SourcePair) {
        guard let name = Operator(rawValue: pair.key.value) else {
            compilation.error(
                at: pair.key.location,
                "unknown operator `\(pair.key.value)`; expected one of "
                    + Operator.fitting(traits.kind).joined(separator: ", ") + pair.commaHint
                    + NearestName.hint(pair.key.value, among: Operator.allCases.map(\.rawValue))
            )
            return
        }
        guard name.fits(traits.kind) else {
            compilation.error(
                at: pair.key.location,
                "`\(name.rawValue)` does not fit `\(self.name)`, which is \(traits.kind.name); expected one of "
                    + Operator.fitting(traits.kind).joined(separator: ", ")
            )
            return
        }
        read(name, pair.value)
    }

    private mutating func read(_ name: Operator, _ value: SourceValue) {
        if (name == .in || name == .notIn), case .scalar(let listName) = value {
            readListMembership(name, listName)
            return
        }
        guard let operands = operands(of: name, value) else { return }
        if traits.attribute == .tag { noteTags(name, operands) }
        if traits.attribute == .listener, [.is, .in, .notIn].contains(name) { rule.listenersRead += operands }
        texts.append("\(name.rawValue) \(operands.map { "`\($0.value)`" }.joined(separator: " or "))")
        switch name {
        case .is, .in:
            warnOfListNames(operands)
            matchers.append(.member(set(of: operands)))
        case .notIn:
            warnOfListNames(operands)
            matchers.append(.notMember(set(of: operands)))
        case .matches:
            matchers.append(.matches(patterns(operands, keepsGroups: !isExclusion)))
        case .notMatches:
            matchers.append(.matchesNot(patterns(operands, keepsGroups: false)))
        case .contains, .startsWith, .endsWith:
            matchers.append(.plain(plainTexts(operands, name)))
        case .over, .under, .atLeast, .atMost:
            readComparison(name, operands[0])
        case .exists:
            exists = OperandReader.flag(operands[0].value)
            if exists == nil { reject(operands[0], expected: "`true` or `false`", of: "exists") }
        }
    }

    /// The scalars behind an operator; nil, with a diagnostic, when there are none or too many.
    private func operands(of name: Operator, _ value: SourceValue) -> [Located<String>]? {
        let isSingle = [.over, .under, .atLeast, .atMost, .exists].contains(name) || traits.kind == .flag
        let expectation = name == .exists ? "`true` or `false`" : traits.kind.expectation
        switch value {
        case .scalar(let text):
            return [text]
        case .sequence(let values, let location):
            if values.isEmpty || isSingle {
                compilation.error(at: location, "`\(name.rawValue)` expects \(isSingle ? "one value" : "values")")
                return nil
            }
            let scalars = values.compactMap { value in
                if case .scalar(let text) = value { text } else { Located<String>?.none }
            }
            if scalars.count != values.count {
                compilation.error(at: location, "`\(name.rawValue)` expects a sequence of single values")
                return nil
            }
            return scalars
        case .nothing(let location), .mapping(_, let location):
            compilation.error(at: location, "`\(name.rawValue)` expects a value: \(expectation)")
            return nil
        }
    }

    private mutating func readListMembership(_ name: Operator, _ listName: Located<String>) {
        guard let list = policy.list(named: listName.value) else {
            let known = policy.lists.map(\.source.name.value)
            compilation.error(
                at: listName.location,
                "no list `\(listName.value)` in this policy; expected the name of a list, or values in brackets"
                    + NearestName.hint(listName.value, among: known)
            )
            return
        }
        list.isUsed = true
        if traits.attribute == .tag { rule.tagsRead.append(nil) }
        texts.append("\(name.rawValue) \(listName.value)")
        let set = list.set(for: traits.kind, name: self.name, compilation)
        matchers.append(name == .in ? .member(set) : .notMember(set))
    }

    private func set(of operands: [Located<String>]) -> SharedSet {
        SharedSet(
            OperandReader.set(of: operands, kind: traits.kind) { operand in
                reject(operand, expected: traits.kind.expectation(for: operand.value), of: name)
            })
    }

    private mutating func readComparison(_ name: Operator, _ operand: Located<String>) {
        guard let comparison = NumberComparison(rawValue: name.rawValue) else { return }
        guard let number = OperandReader.number(operand.value, kind: traits.kind) else {
            return reject(operand, expected: traits.kind.expectation, of: self.name)
        }
        matchers.append(.number(comparison, number))
    }

    private func patterns(_ operands: [Located<String>], keepsGroups: Bool) -> [Pattern] {
        operands.compactMap { operand in
            guard let pattern = PatternReader.read(operand, compilation) else { return nil }
            if keepsGroups { rule.groupPatterns.append(GroupPattern(pattern)) }
            return pattern
        }
    }

    private func plainTexts(_ operands: [Located<String>], _ name: Operator) -> [PlainText] {
        operands.compactMap { operand in
            guard let place = PlainText.Place(rawValue: name.rawValue), !operand.value.isEmpty else {
                compilation.error(at: operand.location, "`\(name.rawValue)` expects a text that is not empty")
                return nil
            }
            return try? PlainText(operand.value, at: place)
        }
    }

    private func noteTags(_ name: Operator, _ operands: [Located<String>]) {
        if name == .is || name == .in {
            rule.tagsRead.append(contentsOf: operands.map(Optional.some))
        } else {
            rule.tagsRead.append(nil)
        }
    }

    /// A value in brackets that is the name of a list was most likely meant as that list.
    private func warnOfListNames(_ operands: [Located<String>]) {
        for operand in operands where policy.list(named: operand.value) != nil {
            compilation.warning(
                at: operand.location,
                "`\(operand.value)` stands for itself here; the list of that name is looked up with `in: \(operand.value)`"
            )
        }
    }

    private func reject(_ operand: Located<String>, expected: String, of name: String) {
        compilation.error(at: operand.location, "`\(operand.value)` does not fit `\(name)`; expected \(expected)")
    }
}
