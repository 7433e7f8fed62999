import Policy

extension PolicyFileSchema {
    private static let address: SchemaValue = ["type": "string", "minLength": 1]

    /// What a test can give.
    static let given: SchemaValue = [
        "listener": .anyText,
        "client": .text(matching: "^[0-9A-Fa-f:.]+$"),
        "client-name": .text(matching: #"^[^\s@]+$"#),
        "client-reverse-name": .text(matching: #"^[^\s@]+$"#),
        "port": ["type": "integer", "minimum": 0, "maximum": 65_535],
        "time": .mapping([
            "hour": ["type": "integer", "minimum": 0, "maximum": 23],
            "weekday": [
                "enum": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            ],
        ]),
        "tags": .oneOrMore(.anyText),
        "tls": .anyOf(
            .flag,
            .mapping([
                "version": .anyText, "cipher": .anyText, "client-fingerprint": .anyText, "client-subject": .anyText,
            ])),
        "auth-user": .anyText,
        "auth-mechanism": .anyText,
        "helo": .anyText,
        "command": .anyText,
        "sender": ["type": "string", "pattern": #"^(<>|\S*|".*"@\S+)$"#],
        "mail": .mapping([
            "size": .size, "body": .words(["7BIT", "8BITMIME", "BINARYMIME"]), "smtputf8": .flag,
            "requiretls": .flag, "ret": .words(["FULL", "HDRS"]), "envid": .anyText,
        ]),
        "recipients": .oneOrMore(
            .anyOf(
                .text(matching: #"^(\S+|".*"@\S+)$"#),
                .mapping(
                    ["to": address, "notify": .oneOrMore(.words(["NEVER", "SUCCESS", "FAILURE", "DELAY"]))],
                    required: ["to"]))),
        "message": .anyOf(
            ["type": "string"],
            .mapping(["file": address], required: ["file"]),
            .mapping(["base64": .text(matching: "^[A-Za-z0-9+/=\\s]*$")], required: ["base64"])),
        "header-size": .size,
        "message-size": .size,
        "repeat": .anyOf(
            ["type": "integer", "minimum": 1],
            .mapping(["times": ["type": "integer", "minimum": 1], "every": .duration], required: ["times"])),
    ]

    /// What a test can expect.
    static let expect: SchemaValue = [
        "verdict": ["enum": .list(SimulatedOutcome.Verdict.allCases.map { .text($0.rawValue) })],
        "stage": PolicySchema.stages,
        "rules": names("the rules that hold, in order"),
        "reply": ["type": ["string", "number"], "description": "how the reply begins"],
        "sender": ["type": "string", "description": "the sender that is passed on"],
        "recipients": names("the recipients that are passed on"),
        "discarded": names("the recipients whose copy is discarded"),
        "delay": SchemaValue.duration.adding("description", "how long the client waits"),
        "header": [
            "type": "object",
            "additionalProperties": .anyOf(
                ["type": ["string", "number", "null"]], ["type": "array", "items": .anyText]),
            "description": "fields with their values; nothing for a field that must be absent",
        ],
        "attachments": names("the names of the attachments that are passed on"),
        "body": .anyText.adding("description", "a text that the text of the message holds as it is passed on"),
        "tags": names("the marks at the end"),
        "hidden": names("the EHLO keywords left out"),
        "refused": names("the recipients refused"),
        "log": names("texts that lines of the log hold"),
    ]

    /// One name, several, or none in empty brackets.
    private static func names(_ description: String) -> SchemaValue {
        let several: SchemaValue = ["type": "array", "items": .anyText]
        return SchemaValue.anyOf(.anyText, several).adding("description", .text(description))
    }
}
