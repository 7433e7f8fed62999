/// What the files of one target may import, beside the standard library.
///
/// The table of the architecture page as a value: an arrow that it lacks is an arrow that the package must not have.
struct TargetPromise: Sendable, CustomStringConvertible {
    let target: String
    let imports: Set<String>

    /// A target below the input and output of the proxy: it is told the time, random numbers and what files hold.
    let isPure: Bool

    /// A module that one file of the target wraps, so that no other has to know it.
    let importedByOneFile: Set<String>

    init(_ target: String, isPure: Bool = false, imports: Set<String>, importedByOneFile: Set<String> = []) {
        self.target = target
        self.isPure = isPure
        self.imports = imports
        self.importedByOneFile = importedByOneFile
    }

    var description: String { target }

    func permits(_ module: String) -> Bool {
        imports.contains(module) || importedByOneFile.contains(module) || Self.standardLibrary.contains(module)
    }

    private static let standardLibrary: Set<String> = ["Swift", "Synchronization"]
}

enum ImportTable {
    static let promises: [TargetPromise] = [
        TargetPromise("COpenSSL", isPure: true, imports: []),
        TargetPromise("CHyperscan", isPure: true, imports: []),
        TargetPromise("CPCRE2", isPure: true, imports: []),
        TargetPromise("CPrivileges", isPure: true, imports: []),
        TargetPromise("CMemory", isPure: true, imports: []),
        TargetPromise("CContentScan", isPure: true, imports: []),
        TargetPromise("CBatchedWrites", isPure: true, imports: []),
        TargetPromise(
            "SMTPProtocol",
            isPure: true,
            imports: ["NIOCore"],
            importedByOneFile: ["CContentScan", "Glibc"]
        ),
        TargetPromise(
            "MailMessage",
            isPure: true,
            imports: ["SMTPProtocol", "NIOCore"],
            importedByOneFile: ["Glibc"]
        ),
        TargetPromise("Patterns", isPure: true, imports: ["CHyperscan", "CPCRE2", "Glibc"]),
        TargetPromise("Policy", isPure: true, imports: ["SMTPProtocol", "MailMessage", "Patterns"]),
        TargetPromise("RelayCore", isPure: true, imports: ["Policy", "MailMessage", "SMTPProtocol", "NIOCore"]),
        TargetPromise("PolicyFiles", imports: policyFiles),
        TargetPromise("TLSEngine", isPure: true, imports: ["COpenSSL", "NIOCore"]),
        TargetPromise("RelayTransport", imports: relayTransport, importedByOneFile: ["CBatchedWrites"]),
        TargetPromise("GatepostService", imports: service.union(["CMemory"]), importedByOneFile: ["CPrivileges"]),
        TargetPromise("gatepost", imports: service.union(["GatepostService", "ArgumentParser"])),
    ]

    private static let policyFiles: Set<String> = [
        "Policy", "SMTPProtocol", "MailMessage", "Patterns", "NIOCore", "Yams", "Foundation",
    ]

    private static let relayTransport: Set<String> = [
        "RelayCore", "TLSEngine", "Policy", "MailMessage", "SMTPProtocol",
        "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "Logging", "Glibc",
    ]

    private static let service: Set<String> = relayTransport.union(policyFiles)
        .union(["RelayTransport", "PolicyFiles", "UnixSignals"])
}
