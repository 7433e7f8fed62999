import NIOCore

/// A mail, or a question, that the demonstration sends, and how it should fare.
struct SampleMail: Sendable {
    enum Step: Sendable {
        /// A command line.
        case command(String)
        /// A message behind DATA.
        case message(ByteBuffer)
    }

    struct Expectation: Sendable {
        /// How the last reply before QUIT begins.
        var reply: String
        /// A rule that takes part: `policy/rule`; nil when none needs to.
        var rule: String?
        /// Whether the message arrives.
        var arrives = false
        /// What the header section that arrives holds, and what it does not.
        var header: [String] = []
        var absent: [String] = []
    }

    let title: String
    /// What it shows.
    let about: String
    let steps: [Step]
    let expectation: Expectation

    /// The single commands that are asked outside a transaction.
    var questions: [String] {
        steps.compactMap { step in
            guard case .command(let line) = step, !line.hasPrefix("MAIL"), !line.hasPrefix("RCPT") else { return nil }
            return line
        }
    }

    /// The message that is sent, if one is.
    var message: ByteBuffer? {
        for case .message(let message) in steps { return message }
        return nil
    }
}

extension SampleMail {
    static let all = [plain, oversized, undeclaredEightBit, probing, spoofed, internalHops]

    private static let plain = SampleMail(
        title: "A plain mail",
        about: "Nothing to object to: it passes, and only a Received field is added.",
        steps: envelope + [.message(text(subject: "Lunch"))],
        expectation: Expectation(reply: "250", arrives: true, header: ["Subject: Lunch", "Received: "])
    )

    private static let oversized = SampleMail(
        title: "An oversized mail",
        about:
            "26 MiB without a word about it on MAIL. It is counted as it streams through; the server never gets it all.",
        steps: envelope + [.message(text(subject: "Holiday pictures", padding: 26 << 20))],
        expectation: Expectation(reply: "552 5.3.4", rule: "size/too-large")
    )

    private static let undeclaredEightBit = SampleMail(
        title: "Undeclared 8-bit content",
        about: "Text in UTF-8, and no BODY=8BITMIME on MAIL.",
        steps: envelope + [.message(text(subject: "Crepes", body: "Crêpes für alle!\r\n"))],
        expectation: Expectation(reply: "554 5.6.0", rule: "eight-bit/undeclared-eight-bit")
    )

    private static let probing = SampleMail(
        title: "A question who lives here",
        about: "VRFY and EXPN say whether an address exists: not to strangers.",
        steps: [.command("VRFY postmaster"), .command("EXPN staff")],
        expectation: Expectation(reply: "252 2.5.0", rule: "privacy/no-address-probing")
    )

    private static let spoofed = SampleMail(
        title: "A spoofed sender",
        about: "From: a colleague, but from outside. The reader is told.",
        steps: envelope + [.message(text(from: "The Boss <boss@example.com>", subject: "Urgent payment"))],
        expectation: Expectation(
            reply: "250",
            rule: "organisation/our-name-from-outside",
            arrives: true,
            header: ["Subject: [EXTERNAL] Urgent payment", "X-Gatepost-Notice: from outside, "]
        )
    )

    private static let internalHops = SampleMail(
        title: "Traces of the network inside",
        about: "A Received field of an internal host, a User-Agent and the writer's own address.",
        steps: envelope + [.message(text(subject: "Minutes", fields: internalFields))],
        expectation: Expectation(
            reply: "250",
            rule: "privacy/hide-inside-hops",
            arrives: true,
            header: ["Subject: Minutes"],
            absent: ["10.1.2.3", "User-Agent", "X-Originating-IP"]
        )
    )

    private static let envelope: [Step] = [
        .command("MAIL FROM:<someone@example.net>"),
        .command("RCPT TO:<reader@example.com>"),
    ]

    private static let internalFields =
        "Received: from laptop.internal (laptop.internal [10.1.2.3])\r\n"
        + "\tby cellar.internal with ESMTPS id 4711; Mon, 1 Jan 2024 09:00:00 +0000\r\n"
        + "User-Agent: Mail Program 1.2.3\r\n"
        + "X-Originating-IP: [10.1.2.3]\r\n"

    private static func text(
        from: String = "Someone <someone@example.net>",
        subject: String,
        fields: String = "",
        body: String = "This is a sample.\r\n.. A line with dots, and the end.\r\n",
        padding: Int = 0
    ) -> ByteBuffer {
        var message = ByteBuffer(
            string: fields + "From: \(from)\r\nTo: Reader <reader@example.com>\r\nSubject: \(subject)\r\n"
                + "Date: Mon, 1 Jan 2024 09:00:00 +0000\r\nMessage-ID: <\(subject.count).demo@example.net>\r\n\r\n\(body)"
        )
        let lines = String(repeating: String(repeating: "padding ", count: 8).dropLast() + "\r\n", count: 1024)
        while message.readableBytes < padding { message.writeString(lines) }
        return message
    }
}
