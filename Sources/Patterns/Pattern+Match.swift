extension Pattern {
    /// The first match anywhere in the subject, or nil when there is none.
    public func firstMatch(in subject: String) throws(MatchFailure) -> PatternMatch? {
        var subject = subject
        subject.makeContiguousUTF8()
        var search = try PatternSearch(pattern: self, subjectOctets: subject.utf8.count)
        let isMatch = try subject.withUTF8Octets { octets throws(MatchFailure) in try search.run(octets, from: 0) }
        return isMatch ? search.match(in: subject) : nil
    }

    /// Whether the pattern matches anywhere in the subject.
    public func matches(_ subject: String) throws(MatchFailure) -> Bool {
        var subject = subject
        var search = try PatternSearch(pattern: self, subjectOctets: subject.utf8.count)
        return try subject.withUTF8Octets { octets throws(MatchFailure) in try search.run(octets, from: 0) }
    }
}

extension String {
    /// `withUTF8` with a typed error.
    mutating func withUTF8Octets<Value>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(MatchFailure) -> Value
    ) throws(MatchFailure) -> Value {
        let result: Result<Value, MatchFailure> = withUTF8 { octets in
            do throws(MatchFailure) {
                return .success(try body(octets))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
