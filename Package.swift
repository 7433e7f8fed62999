// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioConcurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "gatepost",
    products: [
        .executable(name: "gatepost", targets: ["gatepost"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CHyperscan", pkgConfig: "libhs", providers: [.apt(["libhyperscan-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPrivileges"),
        .systemLibrary(name: "CMemory"),
        .systemLibrary(name: "CContentScan"),
        .systemLibrary(name: "CBatchedWrites"),
        .target(name: "SMTPProtocol", dependencies: ["CContentScan", nioCore], swiftSettings: swiftSettings),
        .target(name: "MailMessage", dependencies: ["SMTPProtocol", nioCore], swiftSettings: swiftSettings),
        .target(name: "Patterns", dependencies: ["CPCRE2", "CHyperscan"], swiftSettings: swiftSettings),
        .target(
            name: "Policy",
            dependencies: ["SMTPProtocol", "MailMessage", "Patterns"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "RelayCore",
            dependencies: ["Policy", "MailMessage", "SMTPProtocol", nioCore],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "PolicyFiles",
            dependencies: ["Policy", "Patterns", "MailMessage", "SMTPProtocol", nioCore, yams],
            swiftSettings: swiftSettings
        ),
        .target(name: "TLSEngine", dependencies: ["COpenSSL", nioCore], swiftSettings: swiftSettings),
        .target(
            name: "RelayTransport",
            dependencies: ["CBatchedWrites", "RelayCore", "TLSEngine", nioCore, nioPosix, nioConcurrency, logging],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "GatepostService",
            dependencies: [
                "RelayTransport", "TLSEngine", "PolicyFiles", "Patterns", "CPrivileges", "CMemory",
                nioCore, nioPosix, nioConcurrency, logging, unixSignals,
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "gatepost",
            dependencies: ["GatepostService", argumentParser],
            swiftSettings: swiftSettings
        ),

        .executableTarget(
            name: "content-benchmark",
            dependencies: ["MailMessage", nioCore],
            path: "Benchmarks/content",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "tls-benchmark",
            dependencies: ["TLSEngine", nioCore],
            path: "Benchmarks/tls",
            swiftSettings: swiftSettings
        ),

        .testTarget(name: "SMTPProtocolTests", dependencies: ["SMTPProtocol", nioCore], swiftSettings: swiftSettings),
        .testTarget(name: "MailMessageTests", dependencies: ["MailMessage", nioCore], swiftSettings: swiftSettings),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns"], swiftSettings: swiftSettings),
        .testTarget(
            name: "PolicyTests",
            dependencies: ["Policy", "PolicyFiles", nioCore],
            exclude: ["Diagnostics"],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "PolicyFilesTests", dependencies: ["PolicyFiles"], swiftSettings: swiftSettings),
        .target(
            name: "TranscriptKit",
            dependencies: ["RelayCore", "PolicyFiles"],
            path: "Tests/TranscriptKit",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RelayCoreTests",
            dependencies: ["RelayCore", "TranscriptKit", "PolicyFiles", nioCore],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "TLSTestKeys",
            dependencies: ["COpenSSL"],
            path: "Tests/TLSTestKeys",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TLSEngineTests",
            dependencies: ["TLSEngine", "TLSTestKeys", nioCore],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RelayTransportTests",
            dependencies: [
                "RelayTransport", "TLSEngine", "TLSTestKeys", "TranscriptKit", "PolicyFiles", nioCore, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "GatepostServiceTests",
            dependencies: ["GatepostService", "PolicyFiles", "TLSTestKeys"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SystemLibraryTests",
            dependencies: ["CHyperscan", "COpenSSL", "CPCRE2"],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
        .target(
            name: "FuzzHarnesses",
            dependencies: ["GatepostService", "PolicyFiles", "RelayCore", "TranscriptKit", nioCore],
            path: "Tests/Fuzzing/Harnesses",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "FuzzHarnessTests",
            dependencies: ["FuzzHarnesses", "TranscriptKit"],
            path: "Tests/Fuzzing/Tests",
            swiftSettings: swiftSettings
        ),
    ]
)

// Its `main` is libFuzzer's, which only `--sanitize=fuzzer` links in: see `Scripts/fuzz`. What leads it are the edges of
// the product: those of tests and packages would cost half of the executions.
if Context.environment["GATEPOST_FUZZER"] != nil {
    let coverage = SwiftSetting.unsafeFlags(["-sanitize-coverage=edge,inline-8bit-counters,pc-table"])
    for target in package.targets where target.path == nil && target.type == .regular {
        target.swiftSettings = swiftSettings + [coverage]
    }
    package.targets.append(
        .executableTarget(
            name: "fuzzer",
            dependencies: ["FuzzHarnesses"],
            path: "Tests/Fuzzing/Fuzzer",
            swiftSettings: swiftSettings
        )
    )
}
