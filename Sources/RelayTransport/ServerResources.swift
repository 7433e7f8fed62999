import Policy
import RelayCore
import TLSEngine

/// What the sessions of all listeners share for as long as the server runs, whatever is loaded anew.
struct ServerResources: Sendable {
    let holdBudget = HoldBudget(octets: 0)
    let spoolBudget = HoldBudget(octets: 0)
    let rates = RateCounters()
    let failedLogins = FailedLogins()
    let names: ClientNameResolver
    let ticketKeys = TLSTicketKeys()
}
