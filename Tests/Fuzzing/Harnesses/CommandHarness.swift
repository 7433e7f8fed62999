import NIOCore
import SMTPProtocol

/// Lines are framed alike at every split, within the limit; a command that is understood is printed as one line
/// without controls and read back as it was, and what is not is answered 5yz.
///
/// Input: two octets of cuts, then what a client says.
enum CommandHarness {
    private static let limit = 150

    static func run(_ octets: [UInt8]) -> [String] {
        var input = InputReader(octets)
        let cuts = (input.octet(), input.octet())
        let said = Array(input.rest)
        let whole = frames([ByteBuffer(bytes: said)])
        let split = frames(said.pieces(cutBy: cuts.0, cuts.1))
        guard whole == split else { return ["\(shown(said)): \(whole) as one, and \(split) when cut at \(cuts)"] }
        // A line that has not ended is a command, too.
        return [said].compactMap { complaint(of: ByteBuffer(bytes: $0)) }
            + whole.compactMap { frame in
                guard case .line(let line) = frame else { return nil }
                if line.readableBytes + 2 > limit { return "a line of \(line.readableBytes) octets" }
                return complaint(of: line)
            }
    }

    private static func frames(_ pieces: [ByteBuffer]) -> [ClientFramer.Frame] {
        var framer = ClientFramer()
        var frames: [ClientFramer.Frame] = []
        for piece in pieces {
            framer.receive(piece)
            while let frame = framer.next(.line(limit: limit)) { frames.append(frame) }
        }
        return frames
    }

    private static func complaint(of line: ByteBuffer) -> String? {
        let command: Command
        do throws(CommandSyntaxError) {
            command = try Command(parsing: line)
        } catch {
            return error.reply.code.severity == .permanentNegative ? nil : "\(shown(line.octets)): \(error.reply)"
        }
        var buffer = ByteBuffer()
        command.write(into: &buffer)
        let printed = buffer.octets
        guard printed.suffix(2) == [13, 10], printed.dropLast(2).allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            return "\(shown(line.octets)) is printed as \(shown(printed))"
        }
        let again = try? Command(parsing: ByteBuffer(bytes: printed.dropLast(2)))
        return again == command ? nil : "\(shown(line.octets)) is printed as \(shown(printed))"
    }
}
