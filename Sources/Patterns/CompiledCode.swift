import CPCRE2

/// PCRE2's compiled form of one pattern. It is immutable once made, so that every event loop may use it at once.
final class CompiledCode {
    enum Metering {
        case none
        /// Callouts between all items of the pattern, for `WorkMeter`.
        case callouts
    }

    let pointer: OpaquePointer

    init(_ source: String, caseless: Bool, metering: Metering) throws(PatternError) {
        var options = UInt32(PCRE2_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        if caseless { options |= UInt32(PCRE2_CASELESS) }
        if metering == .callouts { options |= UInt32(PCRE2_AUTO_CALLOUT) }

        var code: Int32 = 0
        var offset = 0
        var source = source
        let compiled = source.withUTF8 { pcre2_compile_8($0.baseAddress, $0.count, options, &code, &offset, nil) }
        guard let compiled else {
            throw PatternError(message: Self.message(forCode: code), offset: offset)
        }
        pointer = compiled
        // Refused where memory may not be writable and executable at once; the interpreter serves then.
        _ = pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE))
    }

    deinit {
        pcre2_code_free_8(pointer)
    }

    func information<Value: BitwiseCopyable>(_ what: Int32, as initial: Value) -> Value {
        var value = initial
        _ = pcre2_pattern_info_8(pointer, UInt32(what), &value)
        return value
    }

    private static func message(forCode code: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &text, text.count)
        guard length > 0 else { return "error \(code) of PCRE2" }
        return String(decoding: text.prefix(Int(length)), as: UTF8.self)
    }
}
