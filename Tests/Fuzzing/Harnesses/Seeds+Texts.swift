import Foundation
import TranscriptKit

/// Texts of the repository that a harness can begin with.
enum SeedTexts {
    /// From this file's own place: `Tests/Fuzzing/Harnesses/Seeds+Texts.swift`.
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The policies of `Policies`, those of the manual, and the faulty ones that show diagnostics.
    static func policies() throws -> [String] {
        let folder = root.appendingPathComponent("Policies")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        let examples = try names.sorted().map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }
        let cases = try ["cases", "patterns", "yaml"].flatMap {
            try self.cases("Tests/PolicyTests/Diagnostics/\($0).txt")
        }
        return try examples + blocks("Documentation/policy.md") + blocks("Documentation/tutorial.md") + cases
    }

    /// The configurations of the manuals.
    static func configurations() throws -> [String] {
        try ["configuration", "operations", "tutorial"].flatMap { try blocks("Documentation/\($0).md") }
    }

    /// Fenced blocks of a page, whole and paragraph by paragraph.
    private static func blocks(_ page: String) throws -> [String] {
        let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
        let fenced = text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }
        return fenced.flatMap { block in
            let lines = block.element.drop { $0 != "\n" }.dropFirst()
            return [String(lines)] + String(lines).components(separatedBy: "\n\n")
        }
    }

    /// `=== name`, a text, `---`, what is said of it.
    private static func cases(_ page: String) throws -> [String] {
        let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
        return text.components(separatedBy: "\n=== ").dropFirst().compactMap { section in
            section.components(separatedBy: "\n---\n").first.map { String($0.drop { $0 != "\n" }.dropFirst()) }
        }
    }

    /// A file in a folder beside that of the transcripts: where `Transcript.all` looks from.
    static let placeOfTranscripts = #filePath.replacing("/Fuzzing/Harnesses/", with: "/TranscriptKit/")

    /// What clients say in the transcripts, step by step.
    static func linesOfClients() throws -> [[UInt8]] {
        try Transcript.all(file: placeOfTranscripts).flatMap(\.steps).compactMap { step in
            if case .clientSays(let octets) = step.step { octets } else { nil }
        }
    }

    /// Messages with what a reader of mail has to know of.
    static let messages = [
        "From: Ann <a@example.net>, \"B, C\" <b@example.com>(x)\nTo: g: c@d, <e@f>;\nSubject: =?utf-8?q?gr=C3=BCn?=\n\nText\n",
        "Subject: a\n b\n\tc\nno colon\n: none\nReceived: from x by y; z\nsubject: 8 bit \u{FC}\n\n.\n\u{E9}\n",
        """
        Content-Type: multipart/mixed; boundary="b"
        MIME-Version: 1.0

        preamble \u{FC}
        --b
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        gr\u{FC}n
        --b
        Content-Type: multipart/alternative; boundary=bb

        --bb

        plain
        --bb
        Content-Type: text/html

        <p>html</p>
        --bb--
        --b
        Content-Type: application/octet-stream; name*0*=utf-8''%C3; name*1=x.exe
        Content-Disposition: attachment; filename="=?utf-8?b?w7w=?=.exe"
        Content-Transfer-Encoding: base64

        SGVsbG8=
        --b--
        epilogue
        """,
        "Content-Type: message/rfc822\n\nSubject: within\nContent-Type: text/plain; charset=iso-8859-1\n\n\u{FC}=\n",
        "Content-Type: multipart/signed; boundary=s; protocol=x\nDKIM-Signature: v=1\n\n--s\n\na\n--s--\n",
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n=C3=BC=\nx = \n",
    ]

    static let encodedWords = [
        "=?iso-8859-1?q?Andr=E9?= Pirard", "=?utf-8?q?gr=C3?= =?utf-8?b?vG4=?=", "=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=",
        "=?utf-7?Q?+AOk-?=", "Re: [x] =?gb2312*zh?B?xOO6ww==?= \u{FC}", "=?utf-8?q?a=0D=0ABcc:=00x=7F?=",
        "=?windows-1252?q?=80_=93x=94?= =?koi8-r?B?8NLJ18XU?=", "(=?big5?B?p0Gmbg==?= <a@b>)",
    ]

    static let proxyHeaders: [[UInt8]] = {
        let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
        let ends: [UInt8] = [198, 51, 100, 9, 203, 0, 113, 1, 0x12, 0x67, 0, 25]
        let tls: [UInt8] =
            [0x20, 0, 15, 1, 0, 0, 0, 0, 0x21, 0, 7] + Array("TLSv1.2".utf8) + [0x22, 0, 1, 0x61, 0x23, 0, 1, 0x62]
        let lines = [
            "PROXY TCP4 198.51.100.9 203.0.113.1 4711 25\r\nEHLO x\r\n", "PROXY TCP6 2001:db8::9 ::1 4711 25\r\n",
            "PROXY UNKNOWN ffff::1 x\r\n",
        ]
        return lines.map { Array($0.utf8) } + [
            signature + [0x21, 0x11, 0, 12] + ends, signature + [0x20, 0, 0, 0, 0x45],
            signature + [0x21, 0x11, 0, UInt8(12 + tls.count)] + ends + tls,
            signature + [0x21, 0x11, 0, 19] + ends + [3, 0, 4, 0, 0, 0, 0],
            signature + [0x21, 0x21, 0, 36] + [UInt8](repeating: 0, count: 32) + [0, 1, 0, 2],
            signature + [0x21, 0x31, 0, 216] + [UInt8](repeating: 0, count: 216),
        ]
    }()
}
