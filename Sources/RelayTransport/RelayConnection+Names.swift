import NIOCore
import Policy
import RelayCore

/// The client's names, looked up when rules or the upstream ask for them.
extension RelayConnection {
    /// Whether the rules of a stage can be asked. When they read names that are not known, these are looked up first,
    /// once for each time that rules are asked; the session waits at its checkpoint.
    func knowsNames(for stage: Stage, at now: Moment) -> Bool {
        guard service.policies.readsClientNames(at: stage), session.facts.clientNames?.areKnown != true else {
            return true
        }
        switch nameInquiry {
        case .none: break
        case .asked: return false
        case .answered:
            nameInquiry = .none
            return true
        }
        guard let address = identity.address else {
            session.handle(.clientNames(.none), at: now)
            return true
        }
        switch service.resources.names.names(of: address, for: loop.eventLoop) {
        case .known(let names):
            session.handle(.clientNames(names), at: now)
            return true
        case .awaited(let future):
            nameInquiry = .asked
            future.assumeIsolated().whenSuccess { self.deliver(.clientNames($0)) }
            return false
        }
    }

    /// Looks the client's names up for the upstream.
    func askClientNames() {
        guard let address = identity.address else { return deliver(.clientNames(.none)) }
        switch service.resources.names.names(of: address, for: loop.eventLoop) {
        case .known(let names): deliver(.clientNames(names))
        case .awaited(let future): future.assumeIsolated().whenSuccess { self.deliver(.clientNames($0)) }
        }
    }
}
