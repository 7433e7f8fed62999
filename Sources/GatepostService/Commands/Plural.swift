/// Numbers of things, in words.
enum Plural {
    /// `1 rule`, `2 rules`; `many` for those that take more than an s.
    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
