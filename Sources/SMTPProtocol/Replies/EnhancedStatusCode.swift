/// `class "." subject "." detail` (RFC 3463, RFC 2034 section 4).
public struct EnhancedStatusCode: Hashable, Sendable, CustomStringConvertible {
    public let `class`: UInt8
    public let subject: UInt16
    public let detail: UInt16

    /// Nil unless the class is 2, 4 or 5, and subject and detail have three digits at most.
    public init?(class: UInt8, subject: UInt16, detail: UInt16) {
        guard [2, 4, 5].contains(`class`), subject <= 999, detail <= 999 else { return nil }
        self.init(`class`, subject, detail)
    }

    public init?(_ text: some StringProtocol) {
        guard let code = text.parsed({ $0.takeEnhancedStatusCode() }) else { return nil }
        self = code
    }

    fileprivate init(_ class: UInt8, _ subject: UInt16, _ detail: UInt16) {
        self.`class` = `class`
        self.subject = subject
        self.detail = detail
    }

    public var description: String { "\(`class`).\(subject).\(detail)" }
}

extension EnhancedStatusCode {
    /// `2.subject.detail`
    public static func success(_ subject: UInt8, _ detail: UInt8) -> EnhancedStatusCode {
        EnhancedStatusCode(2, UInt16(subject), UInt16(detail))
    }

    /// `4.subject.detail`: a persistent transient failure.
    public static func transient(_ subject: UInt8, _ detail: UInt8) -> EnhancedStatusCode {
        EnhancedStatusCode(4, UInt16(subject), UInt16(detail))
    }

    /// `5.subject.detail`
    public static func permanent(_ subject: UInt8, _ detail: UInt8) -> EnhancedStatusCode {
        EnhancedStatusCode(5, UInt16(subject), UInt16(detail))
    }
}

extension OctetReader {
    /// ```abnf
    /// status-code = ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT
    /// ```
    mutating func takeEnhancedStatusCode() -> EnhancedStatusCode? {
        guard let digit = takeAny(), digit.isDigit, take(.dot), let subject = takeNumber(), take(.dot),
            let detail = takeNumber()
        else { return nil }
        return EnhancedStatusCode(class: digit &- 0x30, subject: subject, detail: detail)
    }

    private mutating func takeNumber() -> UInt16? {
        let digits = takeRun(while: \.isDigit)
        guard (1...3).contains(digits.count) else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt16(self[$1] &- 0x30) }
    }
}
