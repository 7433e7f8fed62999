/// A value that is rarely there, kept outside of its owner: a session that is idle is as small as it can be.
struct Rare<Value: Sendable>: Sendable {
    /// One value, or none.
    private var storage: [Value] = []

    init() {}

    var value: Value? {
        get { storage.first }
        set { storage = newValue.map { [$0] } ?? [] }
    }

    var isEmpty: Bool { storage.isEmpty }

    /// Changes the value in its place, if it is there.
    mutating func update(_ change: (inout Value) -> Void) {
        guard !storage.isEmpty else { return }
        change(&storage[0])
    }

    /// Takes the value out.
    mutating func take() -> Value? {
        storage.popLast()
    }
}
