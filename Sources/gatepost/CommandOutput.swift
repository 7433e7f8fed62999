import ArgumentParser
import Foundation
import GatepostService
import Policy

/// Where commands print, and how they end.
enum CommandOutput {
    /// Prints a report and ends the process with its exit code unless that is 0.
    static func print(_ report: some CommandReport, asJSON: Bool) throws {
        if asJSON {
            write(report.json, to: .standardOutput)
        } else {
            write(report.diagnostics.map { "\($0)\n" }.joined(), to: .standardError)
            write(report.text, to: .standardOutput)
        }
        try end(with: report.exitCode)
    }

    static func end(with status: ExitStatus) throws {
        if status != .success { throw ExitCode(status.rawValue) }
    }

    static func write(_ text: String, to file: FileHandle) {
        guard !text.isEmpty else { return }
        // A reader that has gone is no failure of the command.
        try? file.write(contentsOf: Data(text.utf8))
    }

    /// Says what went wrong and ends the process with 1.
    static func fail(_ message: String) -> ExitCode {
        write("gatepost: \(message)\n", to: .standardError)
        return ExitCode(ExitStatus.failure.rawValue)
    }
}

extension UsageError {
    /// Ends the process with 64 and the usage of the command.
    var asValidationError: ValidationError { ValidationError(description) }
}
