import SMTPProtocol

/// An action while it is compiled.
struct ActionDraft {
    enum Content {
        /// Needs nothing more.
        case ready([Action])
        /// A reply whose codes may yet depend on the stage.
        case reply(ReplyDraft)
        case tag([Located<String>])
    }

    var name: ActionName
    var location: SourceLocation
    var content: Content
}

/// A reply as far as it is written: what is not given depends on the stage.
struct ReplyDraft {
    var code: ReplyCode?
    var enhancedStatusCode: EnhancedStatusCode?
    var text: TextTemplate
    var location: SourceLocation
}
