import Policy

/// A file that holds the entries of a list.
enum PolicyListFile {
    /// The entries, and what is wrong with the file.
    static func read(
        _ name: String,
        relativeTo policy: String,
        namedAt reference: SourceLocation
    ) -> (entries: ListEntries, diagnostics: [Diagnostic]) {
        let path = OperatorFile.resolve(name, relativeTo: policy)
        switch OperatorFile.read(path, limit: DocumentLimits.listOctets) {
        case .failure(let error):
            return (.written([]), [error.diagnostic(of: path, namedAt: reference)])
        case .success(let octets):
            let text = ListText(octets, path: path)
            return (.lines(text), text.diagnostics)
        }
    }
}
