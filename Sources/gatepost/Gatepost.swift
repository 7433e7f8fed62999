import ArgumentParser

@main
struct Gatepost: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "gatepost", abstract: "A policy-driven SMTP proxy.")
}
