import NIOCore
import SMTPProtocol

/// The outcome is the same at every split; what is understood is printed, in both versions, and read back as it was.
///
/// Input: two octets of cuts, then what a proxy says.
enum ProxyHarness {
    static func run(_ octets: [UInt8]) -> [String] {
        var input = InputReader(octets)
        let cuts = (input.octet(), input.octet())
        let said = Array(input.rest)
        let whole = outcome([ByteBuffer(bytes: said)])
        let split = outcome(said.pieces(cutBy: cuts.0, cuts.1))
        guard whole == split else { return ["\(shown(said)): \(whole) as one, and \(split) when cut at \(cuts)"] }
        guard case .header(let header, let rest) = whole else { return [] }
        var complaints: [String] = []
        if !said.hasSuffix(rest.octets) { complaints.append("what came behind the header: \(shown(rest.octets))") }

        var binary = ByteBuffer()
        header.writeBinary(into: &binary)
        if outcome([binary]) != .header(header, rest: ByteBuffer()) {
            complaints.append("\(header) is printed as \(shown(binary.octets))")
        }
        var line = ByteBuffer()
        header.writeLine(into: &line)
        if outcome([line]) != .header(ProxyHeader(header.connection), rest: ByteBuffer()) {
            complaints.append("\(header) is printed as \(shown(line.octets))")
        }
        return complaints
    }

    /// What a framer makes of the pieces; what comes behind a header is counted to it.
    private static func outcome(_ pieces: [ByteBuffer]) -> ProxyHeaderFramer.Outcome {
        var framer = ProxyHeaderFramer()
        for (index, piece) in pieces.enumerated() {
            switch framer.receive(piece) {
            case .incomplete: continue
            case .malformed(let fault): return .malformed(fault)
            case .header(let header, var rest):
                for var later in pieces[(index + 1)...] { rest.writeBuffer(&later) }
                return .header(header, rest: ByteBuffer(bytes: rest.octets))
            }
        }
        return .incomplete
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ end: [UInt8]) -> Bool { suffix(end.count).elementsEqual(end) }
}
