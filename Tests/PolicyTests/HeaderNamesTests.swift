import MailMessage
import Testing

@testable import Policy

@Suite struct HeaderNamesTests {
    private static func slot(of name: String, in names: HeaderNames) -> Int? {
        var name = name
        return name.withUTF8 { names.slot(of: UnsafeRawBufferPointer($0), hash: HeaderName.hash($0)) }
    }

    @Test("each name in any case has the place in which it was given, others have none", arguments: [0, 1, 3, 300])
    func namesHaveTheirPlaces(count: Int) {
        let known = (0..<count).map { "x-field-\($0)" }
        let names = HeaderNames(known)
        for (place, name) in known.enumerated() {
            #expect(Self.slot(of: name, in: names) == place)
            #expect(Self.slot(of: name.uppercased(), in: names) == place)
            #expect(Self.slot(of: name + "x", in: names) == nil)
        }
        #expect(Self.slot(of: "Subject", in: names) == nil)
        #expect(Self.slot(of: "", in: names) == nil)
    }

    @Test("names with the same hash are told apart")
    func namesAreTheirOwn() {
        let names = HeaderNames(["x[y", "x{y"])
        #expect(HeaderName.hash("x[y".utf8) == HeaderName.hash("x{y".utf8))
        #expect(Self.slot(of: "X[Y", in: names) == 0)
        #expect(Self.slot(of: "X{Y", in: names) == 1)
        #expect(Self.slot(of: "X{Y", in: HeaderNames(["x[y"])) == nil)
    }
}
