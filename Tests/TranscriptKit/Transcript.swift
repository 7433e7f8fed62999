import Foundation

/// A session written down: who says what, in order.
///
/// ```
/// # What this shows.
/// upstream offers: PIPELINING 8BITMIME
/// @ready
/// C> NOOP
/// C< 250 2.0.0 Ok
/// ```
///
/// `C>` the client says, `C<` we answer it, `U>` we say upstream, `U<` the upstream answers, `!` an event. Lines of the
/// client, or of the upstream, that follow each other travel in one piece. A line that ends in `\` has no CRLF;
/// `\r`, `\n`, `\0`, `\xNN` and `\\` are octets. The session identifier reads `ID`, the date `DATE`.
///
/// `@ready` is the greeting, the first EHLO, and the upstream's; `@mail FROM TO…` a transaction up to its recipients.
public struct Transcript: Sendable, CustomStringConvertible {
    public enum Step: Sendable {
        case clientSays([UInt8])
        case clientHears(String)
        case upstreamHears(String)
        case upstreamSays([UInt8])
        case event(Event)
    }

    public enum Event: String, CaseIterable, Sendable {
        case connect = "we connect"
        case unreachable = "upstream is unreachable"
        case upstreamCloses = "upstream closes"
        case upstreamClosed = "we close upstream"
        case clientCloses = "client closes"
        case anotherClient = "another client comes"
        case clientEnds = "client sends no more"
        case clientClosed = "we close client"
        case noConnection = "no connection upstream"
        case clientSecures = "client completes the handshake"
        case clientFailsToSecure = "client fails the handshake"
        case upstreamSecures = "upstream completes the handshake"
        case upstreamFailsToSecure = "upstream fails the handshake"
        case timePasses = "time passes"
        case shutdown = "shutdown"
        case shutdownNow = "shutdown now"
    }

    public let name: String
    public let steps: [(line: Int, step: Step)]
    /// `key: value` lines before the first step.
    public let settings: [String: String]
    /// Lines of the policy, from `policy:` to the first step, without their indentation.
    public let policy: String?

    public var description: String { name }

    /// All transcripts below the folder, by name.
    public static func all(file: String = #filePath) throws -> [Transcript] {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Transcripts")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".txt") }
        return try names.sorted().map { name in
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            return try Transcript(name: String(name.dropLast(4)), text: text)
        }
    }

    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    public init(name: String, text: String) throws {
        var steps: [(Int, Step)] = []
        var settings: [String: String] = [:]
        var policyLines: [String]?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(line)
            let number = index + 1
            if policyLines != nil, line.hasPrefix("  ") || (line.isEmpty && steps.isEmpty) {
                policyLines?.append(String(line.dropFirst(2)))
            } else if line.isEmpty || line.hasPrefix("#") {
                continue
            } else if line == "policy:" {
                policyLines = []
            } else if line.hasPrefix("@") {
                let offers =
                    (settings["upstream offers"] ?? "PIPELINING SIZE 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES")
                for expanded in try Self.expand(line, offers: offers, ehlo: settings["ehlo"]) {
                    try Self.append(expanded, number, to: &steps, name)
                }
            } else if let colon = line.firstIndex(of: ":"), steps.isEmpty, !line.hasPrefix("C"), !line.hasPrefix("U"),
                !line.hasPrefix("!")
            {
                settings[String(line[..<colon])] = line[line.index(after: colon)...].trimmingCharacters(
                    in: .whitespaces)
            } else {
                try Self.append(line, number, to: &steps, name)
            }
        }
        self.name = name
        self.settings = settings
        self.steps = steps.map { (line: $0.0, step: $0.1) }
        policy = policyLines.map { $0.joined(separator: "\n") + "\n" }
    }

    private static func append(_ line: String, _ number: Int, to steps: inout [(Int, Step)], _ name: String) throws {
        let rest = String(line.dropFirst(line.count > 2 ? 3 : 2))
        switch line.prefix(2) {
        case "C>":
            if case .clientSays(let before)? = steps.last?.1 {
                steps[steps.count - 1].1 = .clientSays(before + octets(rest))
            } else {
                steps.append((number, .clientSays(octets(rest))))
            }
        case "U<":
            if case .upstreamSays(let before)? = steps.last?.1 {
                steps[steps.count - 1].1 = .upstreamSays(before + octets(rest))
            } else {
                steps.append((number, .upstreamSays(octets(rest))))
            }
        case "C<": steps.append((number, .clientHears(rest)))
        case "U>": steps.append((number, .upstreamHears(rest)))
        case "! ", "!":
            guard let event = Event(rawValue: line.dropFirst(2).trimmingCharacters(in: .whitespaces)) else {
                throw Malformed(description: "\(name):\(number): no such event: \(line)")
            }
            steps.append((number, .event(event)))
        default:
            throw Malformed(description: "\(name):\(number): \(line)")
        }
    }

    private static func expand(_ line: String, offers: String, ehlo: String?) throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        switch words.removeFirst() {
        case "@ready":
            let keywords = offers.split(separator: " ").map { $0.replacingOccurrences(of: "=", with: " ") }
            let greeting = ["up.example"] + keywords
            let upstream = greeting.enumerated().map {
                "U< 250\($0.offset == greeting.count - 1 ? " " : "-")\($0.element)"
            }
            let ours = ehlo.map { ["mx.example.com"] + $0.components(separatedBy: ", ") } ?? offered(keywords)
            let answer = ours.enumerated().map { "C< 250\($0.offset == ours.count - 1 ? " " : "-")\($0.element)" }
            return ["C< 220 mx.example.com ESMTP", "C> EHLO client.example", "! we connect", "U< 220 up.example ESMTP"]
                + ["U> EHLO mx.example.com"] + upstream + answer
        case "@mail":
            let sender = words.removeFirst()
            var lines = ["C> MAIL FROM:\(sender)", "U> MAIL FROM:\(sender)", "U< 250 2.1.0 Ok", "C< 250 2.1.0 Ok"]
            for recipient in words {
                lines += ["C> RCPT TO:\(recipient)", "U> RCPT TO:\(recipient)", "U< 250 2.1.5 Ok", "C< 250 2.1.5 Ok"]
            }
            return lines
        case "@data":
            return ["C> DATA", "C< 354 End data with <CR><LF>.<CR><LF>"]
        case "@start":
            return ["U> DATA", "U< 354 Go ahead"]
        default:
            throw Malformed(description: "no such macro: \(line)")
        }
    }

    /// What we offer by default when the upstream offers `keywords`.
    private static func offered(_ keywords: [String]) -> [String] {
        func has(_ keyword: String) -> Bool { keywords.contains { $0.split(separator: " ").first ?? "" == keyword } }
        let size = keywords.first { $0.hasPrefix("SIZE ") }.flatMap { Int($0.dropFirst(5)) } ?? 52_428_800
        var ours = ["mx.example.com"]
        if has("PIPELINING") { ours.append("PIPELINING") }
        ours.append("SIZE \(min(size == 0 ? 52_428_800 : size, 52_428_800))")
        if has("8BITMIME") { ours.append("8BITMIME") }
        if has("SMTPUTF8") && has("8BITMIME") { ours.append("SMTPUTF8") }
        if has("DSN") { ours.append("DSN") }
        if has("ENHANCEDSTATUSCODES") { ours.append("ENHANCEDSTATUSCODES") }
        return ours
    }

    /// The octets that a line of a transcript stands for.
    static func octets(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        let endsOpen = rest.last == UInt8(ascii: "\\") && !rest.dropLast().hasSuffix("\\")
        if endsOpen { rest = rest.dropLast() }
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(octet)
                continue
            }
            switch escape {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "0"): result.append(0)
            case UInt8(ascii: "x"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                result.append(UInt8(digits, radix: 16) ?? 0)
            case UInt8(ascii: "*"):
                // `\*N,TEXT*`: TEXT, N times.
                let inside = rest.prefix { $0 != UInt8(ascii: "*") }
                rest = rest.dropFirst(inside.count + 1)
                let parts = String(decoding: inside, as: UTF8.self).split(separator: ",", maxSplits: 1)
                let piece = octets(String(parts[1]) + "\\")
                for _ in 0..<(Int(parts[0]) ?? 0) { result += piece }
            default: result.append(escape)
            }
        }
        return endsOpen ? result : result + [13, 10]
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: String) -> Bool {
        self.suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}
