import Policy
import PolicyFiles

extension Transcript {
    /// The policy that the transcript carries; none without one.
    public func loadPolicies() throws -> PolicySet {
        guard let policy else { return .empty }
        let loaded = PolicyFile.load(text: policy, path: name)
        guard let set = loaded.set else {
            throw Malformed(description: loaded.diagnostics.map(\.description).joined(separator: "\n"))
        }
        return set
    }
}
