extension RateReader {
    /// What may stand behind `rate`.
    static var schema: SchemaValue {
        let units = DurationText.units.map(\.key).joined(separator: "|")
        let comparisons = NumberComparison.allCases.map { comparison in
            SchemaValue.Entry(comparison.rawValue, .text(matching: "^[0-9]+/[0-9]+ *(\(units))$"))
        }
        let of = SchemaValue.Entry("of", .oneOrMore(.text(matching: #"^\S+$"#)))
        return SchemaValue.mapping(.keys([of] + comparisons), required: ["of"])
            .adding("minProperties", 2).adding("maxProperties", 2)
            .adding("description", "how often the rule comes this far: `{ of: client.address, over: 100/1h }`")
    }
}
