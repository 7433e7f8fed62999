import Testing

@testable import GatepostService

@Suite("The process that serves clients") struct WorkerProcessTests {
    @Test("its environment is the one given, and settings of its own where that has none") func environment() {
        let own = ["PATH": "/bin", "GLIBC_TUNABLES": "glibc.malloc.arena_max=1"]
        #expect(
            WorkerProcess.environment(under: own) == own.merging(["SWIFT_BACKTRACE": "enable=no"]) { own, _ in own })
        #expect(
            WorkerProcess.environment(under: ["SWIFT_BACKTRACE": "enable=yes"]) == [
                "SWIFT_BACKTRACE": "enable=yes", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=127",
            ])
    }
}
