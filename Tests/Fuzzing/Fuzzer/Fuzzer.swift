import Foundation
import FuzzHarnesses

/// The harness that the environment names: libFuzzer has the arguments for itself, and hands the environment on to the
/// processes that it starts.
private let harness: Harness = {
    guard let name = ProcessInfo.processInfo.environment["GATEPOST_FUZZ"], let harness = Harness(rawValue: name) else {
        fatalError("GATEPOST_FUZZ names none of \(Harness.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return harness
}()

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let complaints = harness.run(Array(UnsafeBufferPointer(start: octets, count: count)))
    guard complaints.isEmpty else {
        fatalError((["\(harness) does not hold:"] + complaints).joined(separator: "\n  "))
    }
    return 0
}

/// Called by libFuzzer once, before all: bounds the inputs, and writes the seeds into the folder that the environment
/// names.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    // The arguments stay where they are as long as the process does; a bound among them comes later, and holds.
    let before = Array(UnsafeBufferPointer(start: arguments.pointee, count: Int(count.pointee)))
    let extended = before.prefix(1) + [strdup("-max_len=\(harness.longestInput)")] + before.dropFirst() + [nil]
    arguments.pointee = .allocate(capacity: extended.count)
    arguments.pointee.initialize(from: Array(extended), count: extended.count)
    count.pointee += 1

    guard let folder = ProcessInfo.processInfo.environment["GATEPOST_FUZZ_SEEDS"] else { return 0 }
    do {
        for seed in try harness.seeds() {
            try Data(seed.octets).write(to: URL(fileURLWithPath: folder).appendingPathComponent(seed.name))
        }
    } catch {
        fatalError("\(error)")
    }
    return 0
}
