import Glibc

/// Turns octets of any charset into UTF-8, by iconv where it is not one of our own.
///
/// It lives as long as the decoding of one text, keeps what it opened, and opens no more than a few charsets: a
/// stranger's header section must not make us load all that the system has.
struct CharsetConverters: ~Copyable {
    private static let maximumOpen = 4
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// Nil where iconv does not know the charset.
    private var descriptors: [(name: String, descriptor: iconv_t?)] = []

    deinit {
        for case (_, let descriptor?) in descriptors { iconv_close(descriptor) }
    }

    /// Whether `text(_:in:)` can read this charset.
    mutating func knows(_ charset: Charset) -> Bool {
        guard case .converted(let name) = charset else { return true }
        return descriptor(for: name) != nil
    }

    /// The text in UTF-8; what is no text in the charset becomes U+FFFD.
    mutating func text(_ octets: [UInt8], in charset: Charset) -> [UInt8] {
        switch charset {
        case .utf8:
            return Array(String(decoding: octets, as: UTF8.self).utf8)
        case .ascii, .latin1, .windows1252:
            return octets.reduce(into: []) { text, octet in
                if let character = charset.character(of: octet) { text += UTF8.encode(character).map(Array.init) ?? [] }
            }
        case .converted(let name):
            return descriptor(for: name).map { Self.convert(octets, with: $0) } ?? Self.replacement
        }
    }

    /// A text in a charset; what the charset lacks becomes `?`. Nil when nobody knows the charset.
    mutating func octets(of text: String, in charset: Charset) -> [UInt8]? {
        switch charset {
        case .utf8:
            return Array(text.utf8)
        case .ascii, .latin1, .windows1252:
            return text.unicodeScalars.map { scalar in
                if scalar.isASCII { return UInt8(scalar.value) }
                let octet = (UInt8(0x80)...0xFF).first { charset.character(of: $0) == scalar }
                return octet ?? UInt8(ascii: "?")
            }
        case .converted(let name):
            let opened = iconv_open(name, "UTF-8")
            guard let opened, opened != iconv_t(bitPattern: -1) else { return nil }
            defer { iconv_close(opened) }
            return Self.write(Array(text.utf8), with: opened)
        }
    }

    private mutating func descriptor(for name: String) -> iconv_t? {
        if let known = descriptors.first(where: { $0.name == name }) { return known.descriptor }
        guard descriptors.count < Self.maximumOpen else { return nil }
        let opened = iconv_open("UTF-8", name)
        let descriptor = opened == iconv_t(bitPattern: -1) ? nil : opened
        descriptors.append((name, descriptor))
        return descriptor
    }

    private static func convert(_ octets: [UInt8], with descriptor: iconv_t) -> [UInt8] {
        // Back to the initial shift state.
        _ = iconv(descriptor, nil, nil, nil, nil)
        var input = octets.map(CChar.init(bitPattern:))
        // No charset has an octet that stands for more than this many octets of UTF-8.
        let capacity = octets.count * 8 + 64
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                var source = input.baseAddress
                var sourceLeft = input.count
                output.withMemoryRebound(to: CChar.self) { output in
                    var target = output.baseAddress
                    var targetLeft = capacity
                    while sourceLeft > 0 {
                        guard iconv(descriptor, &source, &sourceLeft, &target, &targetLeft) == -1 else { break }
                        guard errno == EILSEQ || errno == EINVAL, targetLeft >= replacement.count else { break }
                        // Not text: one octet is passed over, and shown.
                        for octet in replacement {
                            target?.pointee = CChar(bitPattern: octet)
                            target = target?.successor()
                        }
                        targetLeft -= replacement.count
                        source = source?.successor()
                        sourceLeft -= 1
                    }
                    _ = iconv(descriptor, nil, nil, &target, &targetLeft)
                    count = capacity - targetLeft
                }
            }
        }
    }

    /// Converts UTF-8; a character that the charset lacks becomes `?`, in its initial shift state.
    private static func write(_ octets: [UInt8], with descriptor: iconv_t) -> [UInt8] {
        var input = octets.map(CChar.init(bitPattern:))
        let capacity = octets.count * 8 + 64
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                var source = input.baseAddress
                var sourceLeft = input.count
                output.withMemoryRebound(to: CChar.self) { output in
                    var target = output.baseAddress
                    var targetLeft = capacity
                    while sourceLeft > 0, iconv(descriptor, &source, &sourceLeft, &target, &targetLeft) == -1 {
                        guard errno == EILSEQ || errno == EINVAL, targetLeft >= 8 else { break }
                        _ = iconv(descriptor, nil, nil, &target, &targetLeft)
                        target?.pointee = CChar(bitPattern: UInt8(ascii: "?"))
                        target = target?.successor()
                        targetLeft -= 1
                        repeat {
                            source = source?.successor()
                            sourceLeft -= 1
                        } while sourceLeft > 0 && UInt8(bitPattern: source?.pointee ?? 0) & 0xC0 == 0x80
                    }
                    _ = iconv(descriptor, nil, nil, &target, &targetLeft)
                    count = capacity - targetLeft
                }
            }
        }
    }
}
