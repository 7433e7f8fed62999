import SMTPProtocol

extension AttributeKind {
    /// What an operand must be, for a diagnostic of a text that is something else but shows what was meant.
    func expectation(for text: String) -> String {
        guard self == .network, text.contains("/"), let network = IPNetwork.enclosing(text) else { return expectation }
        return "the network `\(network)`, for bits are set behind its prefix"
    }
}
