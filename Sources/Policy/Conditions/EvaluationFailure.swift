import Patterns

/// A question that could not be answered, with the reason for the log.
struct EvaluationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ failure: MatchFailure, of pattern: Pattern) {
        let reason =
            switch failure {
            case .limitExceeded: "the match limit is exceeded"
            case .subjectTooLong: "the text is too long to be searched"
            case .engine(let code): "PCRE2 error \(code)"
            }
        description = "pattern `\(pattern.source)`: \(reason)"
    }

    /// The value of an attribute is not known for now.
    init(of attribute: String, _ reason: String) {
        description = "`\(attribute)` is not known for now: \(reason)"
    }

    /// A rule gave what is no path; `path` says of what.
    init(invalid path: String, _ text: String) {
        description = "the new \(path) `\(PeerText.forLog(text))` is not an address"
    }

    /// A rule gave a path that only a message declared with SMTPUTF8 can have.
    init(international path: String, _ text: String) {
        description = "the new \(path) `\(PeerText.forLog(text))` is not ASCII, and MAIL has not declared SMTPUTF8"
    }
}

extension Pattern {
    /// The first match in a text; a failure names the pattern.
    func find(in text: String) throws(EvaluationFailure) -> PatternMatch? {
        do {
            return try firstMatch(in: text)
        } catch {
            throw EvaluationFailure(error, of: self)
        }
    }

    /// Whether the pattern is found in a text; a failure names the pattern.
    func isFound(in text: String) throws(EvaluationFailure) -> Bool {
        do {
            return try matches(text)
        } catch {
            throw EvaluationFailure(error, of: self)
        }
    }

    /// A text with every match replaced; nil when there is none.
    func replace(in text: String, with replacement: (PatternMatch) -> String) throws(EvaluationFailure) -> String? {
        do {
            let result = try replaceAll(in: text, with: replacement)
            return result.count == 0 ? nil : result.text
        } catch {
            throw EvaluationFailure(error, of: self)
        }
    }
}
