/// What changes in the header section of one part.
struct ContentHeaderChange: Sendable {
    var encoding: TransferEncoding?
    var charset: String?
    /// Octets beyond ASCII become encoded words or percent-encoded parameters.
    var encodesEightBit = false
    /// The part becomes a notice: all that described the old one goes.
    var notice: PartNotice?

    var isEmpty: Bool { encoding == nil && charset == nil && !encodesEightBit && notice == nil }

    func edit(_ section: inout HeaderSection) {
        if let notice {
            section.removeContentFields()
            for field in notice.fields { section.set(name: field.name, value: field.value) }
        }
        if let charset { section.setCharset(charset) }
        if let encoding { section.set(name: "Content-Transfer-Encoding", value: encoding.rawValue) }
        if encodesEightBit { section.encodeEightBit() }
    }
}

extension HeaderSection {
    /// Removes the fields that describe a body [2045 3].
    fileprivate mutating func removeContentFields() {
        var described: [Int] = []
        forEachName { index, name, _ in
            let prefix: StaticString = "content-"
            guard name.count >= prefix.utf8CodeUnitCount else { return }
            let begins = prefix.withUTF8Buffer {
                UnsafeRawBufferPointer(rebasing: name.prefix($0.count)).equalsIgnoringCase($0)
            }
            if begins { described.append(index) }
        }
        remove(at: described)
    }

    /// Gives Content-Type another charset and keeps its other parameters as they are written.
    fileprivate mutating func setCharset(_ charset: String) {
        guard let index = indices(of: "Content-Type").first else {
            set(name: "Content-Type", value: "text/plain; charset=\(charset)")
            return
        }
        var pieces = ParameterPieces(rawValue(at: index)).pieces
        pieces = pieces.prefix(1) + pieces.dropFirst().filter { $0.name != "charset" }
        let kept = pieces.map { String(decoding: $0.octets, as: UTF8.self) }
        let parameters = kept.prefix(1) + ["charset=\(charset)"] + kept.dropFirst()
        replaceValue(at: index, with: parameters.joined(separator: "; "))
    }
}
