import SMTPProtocol
import Synchronization

/// The answer to EHLO that was worked out last: nearly every session gets the same one.
///
/// Shared by the sessions of a listener; what it holds follows from what it is asked with, so that nobody can tell it
/// from working the answer out anew.
final class OfferMemory: Sendable {
    private final class Entry: Sendable {
        let hostname: String
        let limits: RelayLimits
        let capabilities: Capabilities
        let terms: OfferTerms
        let offer: Offer
        let reply: Reply

        init(_ settings: RelaySettings, _ capabilities: Capabilities, _ terms: OfferTerms) {
            hostname = settings.hostname
            limits = settings.limits
            self.capabilities = capabilities
            self.terms = terms
            offer = Offer(capabilities: capabilities, terms, limits)
            reply = EHLOResponse(domain: hostname, keywords: offer.keywords).reply()
        }

        func answers(_ settings: Shared<RelaySettings>, _ capabilities: Capabilities, _ terms: OfferTerms) -> Bool {
            self.terms == terms && self.capabilities == capabilities && limits == settings.value.limits
                && hostname == settings.value.hostname
        }
    }

    private let last = Mutex<Entry?>(nil)

    /// What a client is offered, and the reply that says so.
    func offer(_ settings: Shared<RelaySettings>, _ capabilities: Capabilities, _ terms: OfferTerms) -> (Offer, Reply) {
        if let entry = last.withLock({ $0 }), entry.answers(settings, capabilities, terms) {
            return (entry.offer, entry.reply)
        }
        let entry = Entry(settings.value, capabilities, terms)
        last.withLock { $0 = entry }
        return (entry.offer, entry.reply)
    }
}
