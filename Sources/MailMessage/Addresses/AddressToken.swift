/// A lexical token of an address field [5322 3.2].
enum AddressToken: Hashable {
    /// A run of octets that are none of the others, 8-bit ones included; or an encoded word, whatever it holds.
    case atom(ArraySlice<UInt8>)
    /// `quoted-string`, its content without quoting.
    case quoted(ArraySlice<UInt8>)
    /// `comment`, its content without quoting; comments inside it belong to it.
    case comment(ArraySlice<UInt8>)
    /// `domain-literal` with its brackets.
    case literal(ArraySlice<UInt8>)
    case whiteSpace
    /// One of `< > , ; : @ .`
    case special(UInt8)
}
