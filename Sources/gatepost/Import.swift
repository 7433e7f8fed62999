import ArgumentParser
import GatepostService
import PolicyFiles

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn tables of other mail servers into policies.",
        discussion: """
            Prints the policy that has the effect of a table. What cannot be carried over is listed on standard error \
            and stands as a comment at its place in the policy. With a mistake in the table every mistake is named, \
            nothing is printed, and the exit status is 65.
            """,
        subcommands: [
            ImportHeaderChecks.self, ImportAccess.self, ImportMIMEHeaderChecks.self, ImportNestedHeaderChecks.self,
        ]
    )
}

struct ImportHeaderChecks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfix-header-checks",
        abstract: "Turn a table of Postfix's header_checks into a policy.",
        discussion: """
            The table is named as in main.cf, pcre:FILE or regexp:FILE; without a type it is taken for pcre.

            Example: gatepost import postfix-header-checks regexp:/etc/postfix/header_checks > header-checks.yaml
            """
    )

    @Option(help: ArgumentHelp("How the table is written: pcre or regexp.", valueName: "type"))
    var type: String?

    @Argument(help: ArgumentHelp("The table.", valueName: "table"))
    var table: String

    func validate() throws {
        _ = try request()
    }

    func run() throws {
        try CommandOutput.print(try request().headerChecks(), asJSON: false)
    }

    private func request() throws -> PostfixTableRequest {
        do throws(UsageError) {
            return try PostfixTableRequest(table, type: type, among: [.pcre, .regexp], standard: .pcre)
        } catch {
            throw error.asValidationError
        }
    }
}

struct ImportAccess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfix-access",
        abstract: "Turn an access table of Postfix into a policy.",
        discussion: """
            The table is named as in main.cf, hash:FILE, pcre:FILE or regexp:FILE; without a type it is taken for the \
            source text of an indexed table, as postmap reads it.

            Example: gatepost import postfix-access --for sender hash:/etc/postfix/sender_access > sender-access.yaml
            """
    )

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("What the table is asked about: client, helo, sender or recipient.", valueName: "what"))
    var subject: String

    @Option(help: ArgumentHelp("How the table is written: hash, pcre or regexp.", valueName: "type"))
    var type: String?

    @Flag(help: "A domain stands for itself alone, and .domain for its subdomains.")
    var dottedSubdomains = false

    @Argument(help: ArgumentHelp("The table.", valueName: "table"))
    var table: String

    func validate() throws {
        _ = try request()
        _ = try accessSubject()
    }

    func run() throws {
        let report = try request().access(for: try accessSubject(), parentsMatch: !dottedSubdomains)
        try CommandOutput.print(report, asJSON: false)
    }

    private func accessSubject() throws -> PostfixAccessSubject {
        if let subject = PostfixAccessSubject(rawValue: subject) { return subject }
        throw ValidationError("`\(subject)` is nothing that a table is asked about: client, helo, sender or recipient.")
    }

    private func request() throws -> PostfixTableRequest {
        do throws(UsageError) {
            return try PostfixTableRequest(table, type: type, among: [.hash, .pcre, .regexp], standard: .hash)
        } catch {
            throw error.asValidationError
        }
    }
}

struct ImportMIMEHeaderChecks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfix-mime-header-checks",
        abstract: "Not available: policies do not see the header fields of MIME parts in this version."
    )

    @Argument(help: ArgumentHelp("The table.", valueName: "table"))
    var table: String

    func run() throws {
        throw ImportRefusal.mimeHeaderChecks
    }
}

struct ImportNestedHeaderChecks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfix-nested-header-checks",
        abstract: "Not available: policies do not see the header fields of attached messages in this version."
    )

    @Argument(help: ArgumentHelp("The table.", valueName: "table"))
    var table: String

    func run() throws {
        throw ImportRefusal.nestedHeaderChecks
    }
}

/// Tables whose subject policies do not see yet.
enum ImportRefusal {
    static var mimeHeaderChecks: ValidationError {
        ValidationError(
            "Policies do not see the header fields of MIME parts in this version: mime_header_checks has nothing to become."
        )
    }

    static var nestedHeaderChecks: ValidationError {
        ValidationError(
            "Policies do not see the header fields of attached messages in this version: nested_header_checks has nothing to become."
        )
    }
}
