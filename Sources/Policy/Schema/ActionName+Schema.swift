extension ActionName {
    /// What may stand behind the action.
    var schema: SchemaValue {
        let headerTexts: SchemaValue = [
            "type": "object", "minProperties": 1, "propertyNames": Self.fieldName, "additionalProperties": .anyText,
        ]
        let longest = Self.longestReply
        return switch self {
        case .accept, .discard, .requireTLS, .requireAuth, .dropRecipient: ["enum": .list([true, .null])]
        case .reject: Self.reply(class: 5)
        case .defer: Self.reply(class: 4)
        case .disconnect:
            SchemaValue.text(matching: #"^(421 |(?![0-9]{3,}( |$))(?![0-9]+\.[0-9]+\.[0-9]+ )).*\S"#)
                .adding("maxLength", .number(longest))
        case .reply:
            SchemaValue.text(matching: #"^[245][0-9]{2} .*\S"#).adding("maxLength", .number(longest))
        case .hide: .oneOrMore(.words(HidableKeyword.all))
        case .addHeader, .setHeader: headerTexts
        case .removeHeader:
            .anyOf(
                .oneOrMore(Self.fieldName),
                .mapping(["name": Self.fieldName, "matches": Self.pattern], required: ["name"]),
                .mapping(["field": Self.pattern], required: ["field"]))
        case .rewriteHeader:
            .anyOf(
                .mapping(
                    ["name": Self.fieldName, "match": Self.pattern, "replace": ["type": ["string", "number"]]],
                    required: ["name", "match", "replace"]),
                .mapping(
                    ["field": Self.pattern, "replace": ["type": ["string", "number"]]], required: ["field", "replace"]))
        case .prefixSubject, .log: .anyText
        case .downgrade:
            .anyOf(
                ["enum": ["7bit"]], .mapping(["to": ["enum": ["7bit"]], "signed": .flag]).adding("minProperties", 1))
        case .stripAttachment:
            SchemaValue.mapping([
                "name": Self.pattern, "extension": .oneOrMore(.anyText), "type": .oneOrMore(.anyText), "over": .size,
                "text": .anyText, "signed": .flag,
            ]).adding("minProperties", 1)
        case .appendText:
            .anyOf(.anyText, .mapping(["text": .anyText, "html": .anyText, "signed": .flag], required: ["text"]))
        case .setSender, .setRecipient: Self.path
        case .addRecipient: .oneOrMore(Self.path)
        case .rewriteSender, .rewriteRecipient:
            .mapping(
                ["match": Self.pattern, "replace": ["type": ["string", "number"]]], required: ["match", "replace"])
        case .delay: .duration
        case .tag: .oneOrMore(.text(matching: "^[A-Za-z0-9_.-]{1,64}$"))
        }
    }

    /// What the action does, in a few words.
    var summary: String {
        switch self {
        case .accept: "ends the rules of this stage"
        case .reject: "refuses with 5yz: a reply as `552 5.3.4 Too large`, or its text alone"
        case .defer: "refuses with 4yz: a reply as `450 4.7.1 Later`, or its text alone"
        case .disconnect: "answers 421 and closes"
        case .reply: "answers a single command: `252 2.5.0 Cannot verify`"
        case .discard: "answers 250 and passes nothing on"
        case .requireTLS: "refuses with 530 5.7.0 until the session is encrypted"
        case .requireAuth: "refuses with 530 5.7.0 until the client has authenticated itself"
        case .downgrade: "turns 8-bit parts into quoted-printable or base64"
        case .stripAttachment: "puts a note in the place of attachments: `{ extension: [exe, js] }`"
        case .appendText: "puts a text under the text of the message, once"
        case .setSender: "gives the sender another address, or `<>`"
        case .rewriteSender: "replaces what a pattern finds in the sender's address"
        case .setRecipient: "gives the recipient another address"
        case .rewriteRecipient: "replaces what a pattern finds in the recipient's address"
        case .addRecipient: "adds recipients"
        case .dropRecipient: "takes the recipient out"
        case .delay: "waits before the answer: `10s`"
        case .hide: "leaves EHLO keywords out"
        case .addHeader: "adds fields at the top"
        case .setHeader: "replaces the first field of the name and removes others, or adds one at the end"
        case .removeHeader: "removes fields: all of a name, those whose value matches, or those that match as a whole"
        case .rewriteHeader: "replaces what a pattern finds in the value of a field, or in the field as a whole"
        case .prefixSubject: "puts a text before the subject, unless it is there"
        case .tag: "sets a mark for later rules and the log"
        case .log: "writes a line to the log"
        }
    }

    /// Whether the action stands alone, without an argument.
    private var takesNothing: Bool {
        [.accept, .discard, .requireTLS, .requireAuth, .dropRecipient].contains(self)
    }

    private static let fieldName: SchemaValue = .text(matching: "^[!-9;-~]+$")
    /// An address, with places in braces.
    private static let path: SchemaValue = .text(matching: #"^(<>|[^@]*[^@\s].*@\S+)$"#)
    private static let pattern: SchemaValue = ["type": "string", "minLength": 1]

    /// The codes and the longest text.
    private static let longestReply = "550 5.1000.1000 ".utf8.count + ReplyReader.longestText

    /// A reply of a class, or a text that does not begin like one.
    private static func reply(class number: Int) -> SchemaValue {
        SchemaValue.text(matching: "^(\(number)[0-9]{2} |(?![0-9]{3,}([ -]|$))(?![0-9]+\\.[0-9]+\\.[0-9]+( |$))).*\\S")
            .adding("maxLength", .number(longestReply))
    }

    /// The schema of `then`: an action, or a sequence of actions.
    static var thenSchema: SchemaValue {
        let actions = allCases.map { name in
            SchemaValue.Entry(name.rawValue, name.schema.adding("description", .text(name.summary)))
        }
        let mapping = SchemaValue.mapping(.keys(actions)).adding("minProperties", 1)
        let alone = allCases.filter(\.takesNothing).map { SchemaValue.text($0.rawValue) }
        return .oneOrMore(.anyOf(["enum": .list(alone)], mapping))
    }
}
