extension Pattern {
    /// Longest subject that is tried: what a line of a message can hold [RFC 5322, 2.1.1].
    private static let longestLine = 998
    /// How many texts are repeated to make subjects of.
    private static let mostPumps = 12

    /// A subject no longer than a line of a message on which a search for the pattern meets its limits, the shortest of
    /// those tried; nil when none was found.
    ///
    /// Subjects repeat what one repeat of the pattern takes, behind what comes before it, and end in what it does not
    /// expect: there a search goes back and tries each repeat in every other way. What is measured is the work that is
    /// counted, not time, so that the answer is the same wherever it is asked for.
    public func hostileSubject() -> String? {
        let outline = PatternOutline(source)
        guard outline.mayBacktrack else { return nil }
        for subject in Self.subjects(against: outline) where isCostly(subject) {
            let lengths = [24, 32, 48, 64, 128, 256, 512, Self.longestLine]
            return lengths.map(subject.text).first { meetsLimits(on: $0) }
        }
        return nil
    }

    /// What is repeated, with what stands around it.
    private struct Subject: Hashable {
        var prefix: String
        var pump: String
        var suffix: String

        func text(octets: Int) -> String {
            let count = max(1, (octets - prefix.utf8.count - suffix.utf8.count) / pump.utf8.count)
            return prefix + String(repeating: pump, count: count) + suffix
        }
    }

    private static func subjects(against outline: PatternOutline) -> [Subject] {
        var subjects: [Subject] = []
        var pumps: Set<String> = []
        for place in outline.places {
            for pump in place.item.pumps where !pump.isEmpty && pump.utf8.count <= 64 && pumps.count < mostPumps {
                pumps.insert(pump)
                // A search ends early on a subject that lacks a character that the pattern must find.
                let rest = String(place.rest.prefix(64))
                for suffix in ["!", pump.contains("a") ? " " : "a", "!" + rest, rest + "!"] {
                    for prefix in Set(["", String(place.prefix.prefix(64))]).sorted() {
                        let subject = Subject(prefix: prefix, pump: pump, suffix: suffix)
                        if !subjects.contains(subject) { subjects.append(subject) }
                    }
                }
            }
        }
        return subjects
    }

    /// Whether a subject of a line's length meets the limits, as far as two shorter ones let expect.
    private func isCostly(_ subject: Subject) -> Bool {
        guard let short = steps(on: subject.text(octets: 64)), let long = steps(on: subject.text(octets: 128)) else {
            return true
        }
        // Three doublings more lead to a line.
        let growth = Double(long) / Double(max(short, 1))
        guard Double(long) * growth * growth * growth > Double(MatchLimits.workSteps) else { return false }
        return meetsLimits(on: subject.text(octets: Self.longestLine))
    }

    /// The work of a search; nil when it is more than is allowed.
    private func steps(on text: String) -> Int? {
        var text = text
        guard var search = try? PatternSearch(pattern: self, subjectOctets: text.utf8.count) else { return nil }
        let isDone = try? text.withUTF8Octets { octets throws(MatchFailure) in
            try search.runMetered(octets, from: 0, options: 0)
        }
        return isDone == nil ? nil : search.spentSteps
    }

    private func meetsLimits(on text: String) -> Bool {
        do {
            _ = try matches(text)
            return false
        } catch {
            return error == .limitExceeded
        }
    }
}
