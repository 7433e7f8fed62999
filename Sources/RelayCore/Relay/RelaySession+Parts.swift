import MailMessage
import NIOCore
import Policy

/// The parts of a message: seen while the content passes, when a rule asks for them, and changed on their way upstream.
///
/// A rule that only reads them leaves the content streaming: what a refusal withholds is the final dot. What changes the
/// content has it held until the client's end-of-data. Then a plan is made from what the scanner saw, and the content is
/// read once more, from its first octet to its last, through a `ContentRewriter`.
extension RelaySession {
    /// 8-bit content must become 7 bits before this upstream may have it.
    var convertsEightBit: Bool {
        settings.eightBit.isDowngrade && client.capabilities?.eightBitMIME != true
    }

    /// Nothing goes upstream before all of the message has come.
    var holdsMessage: Bool { settings.checkpoints.holdsMessage || convertsEightBit }

    /// The header section stands: what lies behind it is looked at from here on.
    mutating func beginScan() {
        var interests = settings.checkpoints.contentInterests
        if convertsEightBit { interests = (interests ?? []).union(.encodings) }
        guard let interests, let header = facts.header else { return }
        var scanner = MIMEScanner(header: header, interests: interests)
        held.forEach { scanner.receive($0) }
        self.scanner.value = scanner
    }

    /// Works out what changes in the held content; false when the message cannot go on.
    mutating func planContent() -> Bool {
        guard let structure = facts.structure, var header = facts.header else { return true }
        let mustConvert = convertsEightBit && facts.content?.hasEightBit == true
        guard mustConvert || !contentEdits.isEmpty else { return true }
        var (plan, remarks) = contentEdits.plan(for: structure)
        for remark in remarks { output.actions.append(.note(.policyLine(remark))) }
        if mustConvert, case .downgrade(let breakingSignatures) = settings.eightBit {
            do throws(ContentObjection) {
                try plan.makeSevenBit(breakingDomainSignatures: breakingSignatures)
            } catch {
                let reply = OwnReply.eightBitNotPossible.reply(session: identifier)
                refuseMessage(reply, at: .message, source: .proxy, detail: error.reason)
                return false
            }
        }
        plan.edit(&header)
        facts.header = header
        if !plan.isEmpty { rewriter.value = ContentRewriter(plan) }
        return true
    }

    /// What was held, changed as planned.
    mutating func takeHeld() -> [ByteBuffer] {
        let pieces = held.removeAll()
        guard !rewriter.isEmpty else { return pieces }
        var changed: [ByteBuffer] = []
        for piece in pieces { rewriter.update { $0.receive(piece, into: &changed) } }
        rewriter.update { $0.end(into: &changed) }
        rewriter.value = nil
        return changed
    }

    /// Forgets what was held and seen of a message.
    mutating func forgetContent() {
        _ = held.removeAll()
        scanner.value = nil
        rewriter.value = nil
        contentEdits = ContentEdits()
        returnBudget()
    }
}
