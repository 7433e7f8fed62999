import CPCRE2

/// A compiled PCRE2 pattern over UTF-8 text, with a bound on what each use of it may cost (`MatchLimits`).
///
/// It is compiled twice: plainly, for short subjects, and with a callout before each item, for long subjects and for
/// those that the plain search gave up on. Both are compiled just in time where the system allows it.
///
/// Sendable without checks: everything it holds is immutable after `init`, PCRE2's compiled code included; what a
/// match writes to belongs to the call.
public final class Pattern: @unchecked Sendable {
    public let source: String
    public let isCaseless: Bool
    /// How many groups capture, the whole match not counted.
    public let captureCount: Int
    /// The number of each named group; the lowest one where a name is given to several.
    public let captureNames: [String: Int]
    public let isJITCompiled: Bool

    let plainCode: CompiledCode
    let meteredCode: CompiledCode
    let spareMatchData = SpareMatchData()
    let hasBackReferences: Bool
    let longestFixedRepeat: Int
    private let groupsByName: [String: [Int]]

    public init(_ source: String, caseless: Bool = false) throws(PatternError) {
        self.source = source
        isCaseless = caseless
        let code = try CompiledCode(source, caseless: caseless, metering: .none)
        plainCode = code
        meteredCode = try CompiledCode(source, caseless: caseless, metering: .callouts)
        captureCount = Int(code.information(PCRE2_INFO_CAPTURECOUNT, as: UInt32(0)))
        isJITCompiled = code.information(PCRE2_INFO_JITSIZE, as: 0) > 0
        hasBackReferences = code.information(PCRE2_INFO_BACKREFMAX, as: UInt32(0)) > 0
        longestFixedRepeat = Self.longestFixedRepeat(in: source)
        groupsByName = Self.groupsByName(of: code)
        captureNames = groupsByName.compactMapValues { $0.min() }
    }

    /// The numbers of the groups that have this name, in order.
    func groups(named name: String) -> [Int] {
        groupsByName[name] ?? []
    }

    /// PCRE2's name table: entries of fixed size, each a group number in two octets and a name that ends in NUL.
    private static func groupsByName(of code: CompiledCode) -> [String: [Int]] {
        let count = Int(code.information(PCRE2_INFO_NAMECOUNT, as: UInt32(0)))
        let size = Int(code.information(PCRE2_INFO_NAMEENTRYSIZE, as: UInt32(0)))
        let start = code.information(PCRE2_INFO_NAMETABLE, as: UnsafePointer<UInt8>?.none)
        guard let start, count > 0, size > 2 else { return [:] }
        let table = UnsafeBufferPointer(start: start, count: count * size)
        var groups: [String: [Int]] = [:]
        for entry in 0..<count {
            let octets = table[(entry * size)..<((entry + 1) * size)]
            let number = Int(octets[octets.startIndex]) << 8 | Int(octets[octets.startIndex + 1])
            let name = String(decoding: octets.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
            groups[name, default: []].append(number)
        }
        return groups
    }

    /// The greatest number behind a `{` of the pattern: how far one item may walk before it fails.
    private static func longestFixedRepeat(in source: String) -> Int {
        var longest = 0
        var number: Int?
        for octet in source.utf8 {
            switch octet {
            case UInt8(ascii: "{"):
                number = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number.map { min($0 * 10 + Int(octet - UInt8(ascii: "0")), MatchLimits.subjectOctets) }
            default:
                number = nil
            }
            longest = max(longest, number ?? 0)
        }
        return longest
    }
}
