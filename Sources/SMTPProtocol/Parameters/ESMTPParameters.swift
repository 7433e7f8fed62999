/// The parameters of one MAIL or RCPT in their order, each keyword once.
public struct ESMTPParameters: Hashable, Sendable, Sequence {
    private var parameters: [ESMTPParameter]

    /// Of parameters with the same keyword the last one counts.
    public init(_ parameters: [ESMTPParameter] = []) {
        self.parameters = []
        for parameter in parameters { set(parameter) }
    }

    /// The parameter of a keyword in any case.
    public subscript(keyword: String) -> ESMTPParameter? {
        guard !parameters.isEmpty else { return nil }
        let keyword = keyword.uppercased()
        return parameters.first { $0.keyword == keyword }
    }

    public var isEmpty: Bool { parameters.isEmpty }

    public var count: Int { parameters.count }

    /// Replaces the parameter of the same keyword in its place, or adds one at the end.
    public mutating func set(_ parameter: ESMTPParameter) {
        if let index = parameters.firstIndex(where: { $0.keyword == parameter.keyword }) {
            parameters[index] = parameter
        } else {
            parameters.append(parameter)
        }
    }

    public mutating func remove(_ keyword: String) {
        let keyword = keyword.uppercased()
        parameters.removeAll { $0.keyword == keyword }
    }

    public func makeIterator() -> IndexingIterator<[ESMTPParameter]> { parameters.makeIterator() }

    /// Adds a parameter unless its keyword is there already.
    mutating func append(_ parameter: ESMTPParameter) -> Bool {
        guard !parameters.contains(where: { $0.keyword == parameter.keyword }) else { return false }
        parameters.append(parameter)
        return true
    }
}
