import Foundation

/// The two peers of a session under test, whatever it runs on.
public protocol TranscriptStage {
    mutating func clientSays(_ octets: [UInt8]) throws
    /// The next line that the client hears, without CRLF; nil when none comes.
    mutating func clientHears() throws -> String?
    mutating func upstreamSays(_ octets: [UInt8]) throws
    mutating func upstreamHears() throws -> String?
    /// Lets an event happen, or waits for it; false when it did not happen.
    mutating func event(_ event: Transcript.Event) throws -> Bool
    /// What was said to either side and not heard yet.
    mutating func unheard() throws -> [String]
}

/// Plays a transcript on a stage and says where they part.
public enum TranscriptPlayer {
    public static func play(_ transcript: Transcript, on stage: inout some TranscriptStage) throws -> [String] {
        for (line, step) in transcript.steps {
            let place = "\(transcript.name):\(line)"
            switch step {
            case .clientSays(let octets): try stage.clientSays(octets)
            case .upstreamSays(let octets): try stage.upstreamSays(octets)
            case .clientHears(let expected):
                let found = try stage.clientHears()
                if let difference = difference(place, "C<", expected, found) { return [difference] }
            case .upstreamHears(let expected):
                let found = try stage.upstreamHears()
                if let difference = difference(place, "U>", expected, found) { return [difference] }
            case .event(let event):
                if try !stage.event(event) { return ["\(place): did not happen: \(event.rawValue)"] }
            }
        }
        return try stage.unheard().map { "\(transcript.name): not in the transcript: \($0)" }
    }

    private static func difference(_ place: String, _ side: String, _ expected: String, _ found: String?) -> String? {
        guard let found else { return "\(place): \(side) expected \(expected), heard nothing" }
        let wanted = String(decoding: Transcript.octets(expected).dropLast(2), as: UTF8.self)
        let printed = printed(found)
        return printed == wanted
            ? nil : "\(place): \(side) expected \(wanted.prefix(200)), heard \(printed.prefix(200))"
    }

    /// A line with what differs from run to run replaced by the words that transcripts use.
    static func printed(_ line: String) -> String {
        var text = line.replacing(/\([0-9a-z]{10}\)/, with: "(ID)")
        text = text.replacing(/\b[0-9a-z]{10}\.(\d+)(;?)$/) { "ID.\($0.output.1)\($0.output.2)" }
        return text.replacing(/[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/, with: "DATE")
    }
}
