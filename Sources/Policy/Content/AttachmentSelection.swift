import MailMessage
import Patterns

/// The attachments that a rule takes out: those that are as all of this asks.
struct AttachmentSelection: Sendable {
    /// A pattern that is found in a name.
    var name: Pattern?
    /// In lower case, without the dot.
    var extensions: [String]?
    /// Media types in lower case; `image/*` stands for all of its subtypes.
    var types: [String]?
    /// The size is larger.
    var over: Int?
    /// What the notice says behind the line that names the attachment.
    var text: TextTemplate?
    /// Signed messages are changed too.
    var changesSigned = false

    /// The indices of the parts, in order.
    func parts(of structure: MIMEStructure) throws(EvaluationFailure) -> [Int] {
        var found: [Int] = []
        for (index, part) in structure.parts.enumerated() where part.isAttachment {
            if try takes(part) { found.append(index) }
        }
        return found
    }

    private func takes(_ part: MIMEPart) throws(EvaluationFailure) -> Bool {
        if let over, part.size <= over { return false }
        if let extensions, !part.extensions.contains(where: extensions.contains) { return false }
        if let types, !types.contains(where: { Self.matches($0, part.type) }) { return false }
        guard let name else { return true }
        for text in part.names where try name.isFound(in: text) { return true }
        return false
    }

    private static func matches(_ pattern: String, _ type: MediaType) -> Bool {
        pattern.hasSuffix("/*") ? pattern.dropLast(2) == type.type : pattern == type.description
    }

    /// What stands in the place of an attachment.
    func notice(of part: MIMEPart, remark: String?) -> String {
        let name = part.names.first.map(PeerText.forHeader) ?? "without a name"
        let line = "Removed attachment: \(name) (\(part.type), \(part.size) octets)"
        return remark.map { line + "\n" + $0 } ?? line
    }

    /// Which attachments go, for traces.
    func effect(_ facts: Facts) -> String {
        guard let structure = facts.structure, let parts = try? parts(of: structure), !parts.isEmpty else {
            return "of none"
        }
        return parts.map { index in
            let part = structure.parts[index]
            return PeerText.forLog(part.names.first ?? part.type.description)
        }.joined(separator: ", ")
    }
}
