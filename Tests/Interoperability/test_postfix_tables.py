"""Tables of Postfix and the policies made of them: the same line gets the same action.

Postfix says what a table makes of a header field (`postmap -q`); that becomes the expectation of a policy test, and
`gatepost test` says whether the imported policy does the same.
"""

import base64
import email
import json
import random
import re
import unittest

from peers import gatepost, postfix, postmap
from peers.case import InteroperabilityCase
from peers.client import Dialogue

ACTIONS = ["REJECT", "REJECT 4.7.1", "WARN", "INFO", "IGNORE", "STRIP", "DUNNO", "OK", "HOLD", "DISCARD", "REPLACE", "PREPEND"]
NAMES = ["Subject", "From", "To", "X-Spam", "X-Mailer", "Received"]
WORDS = ["money", "Fast", "free", "a", "b", "ab", "abc", "10.1.2.3", "grün", "{x}", "$5", "'q'", "(c)"]


def printable(text):
    """As replies of Gatepost have what a message supplied."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


def visible(text):
    """As lines of the log have it."""
    return "".join("?" if letter in "\n\t" else letter for letter in text)


def expectation(result):
    """What a policy test expects of a message whose only field has this result; `rN` in it names the line."""
    if result is None:
        return {"verdict": "accept", "rules": []}
    word, _, text = result.partition(" ")
    rule = "line-" + re.search(r"\br(\d+)\b", result).group(1)
    if word == "REJECT":
        temporary = text.startswith("4.7.1 ")
        verdict, codes = ("defer", "451 ") if temporary else ("reject", "550 5.7.1 ")
        return {"verdict": verdict, "rules": [rule], "reply": codes + printable(text)}
    if word in ("WARN", "INFO"):
        label = {"WARN": "warning", "INFO": "info"}[word]
        return {"verdict": "accept", "rules": [rule], "log": f"{label}: {visible(text)}"}
    if word == "DISCARD":
        return {"verdict": "discard", "rules": [rule], "log": f"discard: {visible(text)}"}
    if word == "IGNORE":
        return {"verdict": "accept", "rules": [rule], "header": {name: None for name in NAMES}}
    if word == "STRIP":
        return {"rules": [rule], "header": {name: None for name in NAMES}, "log": f"strip: {visible(text)}"}
    if word in ("REPLACE", "PREPEND"):
        name, _, value = text.partition(": ")
        value = value.replace("\n", "") if word == "REPLACE" else visible(value)
        return {"verdict": "accept", "rules": [rule], "header": {name: value.strip(" ").replace("\t", " ")}}
    return {"verdict": "accept", "rules": []}


def policy_test(number, field, result):
    message = base64.b64encode((field.replace("\n", "\r\n") + "\r\n\r\ntext\r\n").encode()).decode()
    given = {"message": {"base64": message}}
    return "  - " + json.dumps({"name": f"field {number}", "given": given, "expect": expectation(result)})


class Grammar:
    """Tables and header fields at random, from a seed."""

    def __init__(self, seed, kind):
        self.random = random.Random(seed)
        self.kind = kind

    def one(self, *choices):
        return self.random.choice(choices)

    def some(self, low, high, make):
        return [make() for _ in range(self.random.randint(low, high))]

    def atom(self):
        word = self.random.choice(["money", "fast", "free", "a", "b", "c", r"10\.1", r"\(c\)", r"\$5", "gr.*n", "x"])
        common = [word, word, word, "[abc]", "[^a]", ".", "[[:digit:]]", f"({word})", f"({word}|b)", "[a-m]"]
        special = {"pcre": [r"\d", r"\s", r"\bab", f"(?:{word})", "(?!b)", r"\n"], "regexp": ["[]a]", r"\<ab", "[a\\d]"]}
        return self.random.choice(common + special[self.kind])

    def piece(self):
        repeat = self.one("", "", "", "", "*", "+", "?", "{1,2}", "{2,}")
        return self.atom() + repeat

    def expression(self):
        start = self.random.choice(
            ["", "", "^", "^X-", "^.*:", "a|", "^(To|From):"] + [f"^{name}: " for name in NAMES] + ["^Subject:.*"]
        )
        return start + "".join(self.some(1, 3, self.piece)) + self.one("", "", "", "$")

    def flags(self):
        letters = {"pcre": "imsxAEU", "regexp": "im"}[self.kind]
        return "".join(letter for letter in letters if self.random.random() < 0.08)

    def pattern(self):
        delimiter = self.one("/", "/", "/", "~", "#", "%")
        return delimiter + self.expression().replace(delimiter, "\\" + delimiter) + delimiter + self.flags()

    def result(self, number, pattern, negated):
        groups = 0 if negated or "(" not in pattern or self.kind == "regexp" else 1
        group = self.one("", " <$1>", " <${1}>", " <$(1)> $$") if groups and self.has_group(pattern) else ""
        action = self.random.choice(ACTIONS)
        if action in ("REPLACE", "PREPEND"):
            return f"{action} X-r{number}: r{number}{group}"
        return f"{action} r{number}{group}"

    @staticmethod
    def has_group(pattern):
        return re.search(r"(?<![\\])\((?!\?)", pattern.replace(r"\(c\)", "")) is not None

    def table(self, length):
        lines, depth = [], 0
        while len(lines) < length:
            if depth < 3 and self.random.random() < 0.12:
                lines.append(self.one("if ", "IF ", "if !", "if  !!") + self.pattern())
                depth += 1
            elif depth and self.random.random() < 0.2:
                lines.append(self.one("endif", "ENDIF"))
                depth -= 1
            elif self.random.random() < 0.1:
                lines.append(self.one("# a comment", "", "   # another one"))
            else:
                lines.append(self.entry(len(lines) + 1))
        return "\n".join(lines + ["endif"] * depth) + "\n"

    def entry(self, number):
        pattern, negation = self.pattern(), self.one("", "", "", "", "", "!")
        if self.kind == "regexp" and self.random.random() < 0.1:
            pattern += "!" + self.pattern()
        return f"{negation}{pattern}{self.one(' ', '  ', chr(9))}{self.result(number, pattern, negation)}"

    def field(self):
        name = self.random.choice(NAMES)
        words = self.some(1, 4, lambda: self.random.choice(WORDS))
        value = self.one(" ", " ", " ", "\n ", "\n\t", "").join(words)
        return f"{name}{self.one(': ', ': ', ': ', ':', ':  ')}{value}"


class PostfixTableCase(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.postmap = postmap.Postmap(self.folder)

    def imported(self, path, kind, command="postfix-header-checks", *options):
        result = gatepost.run("import", command, f"{kind}:{path}", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout, result.stderr

    def assert_same(self, table, kind, fields):
        """The policy made of a table does to each field what Postfix says."""
        path = self.write(f"table.{kind}", table)
        results, said = self.postmap.query(f"{kind}:{path}", fields)
        self.assertEqual(said, "", table)
        policy, _ = self.imported(path, kind)
        tests = [policy_test(number, field, result) for number, (field, result) in enumerate(zip(fields, results))]
        tested = self.write("policy.yaml", policy + "\ntests:\n" + "\n".join(tests) + "\n")
        outcome = gatepost.run("test", tested)
        if outcome.returncode:
            numbers = sorted({int(number) for number in re.findall(r"field (\d+)", outcome.stdout)})
            shown = "".join(f"{fields[number]!r}: {results[number]!r}\n" for number in numbers[:3])
            self.fail(f"{outcome.stdout[:1500]}{outcome.stderr[:1500]}\n{shown}\n{table}")
        return results


@unittest.skipUnless(postmap.can_run(), "Postfix is not installed")
class HeaderChecks(PostfixTableCase):
    TABLES = 60

    def generated(self, kind):
        met = 0
        for seed in range(self.TABLES):
            grammar = Grammar(seed, kind)
            with self.subTest(seed=seed):
                table = grammar.table(grammar.random.randint(1, 12))
                fields = list(dict.fromkeys(grammar.some(25, 25, grammar.field)))
                path = self.write("probe", table)
                if "line" in self.postmap.query(f"{kind}:{path}", ["probe: x"])[1]:
                    # Postfix leaves an entry out; then so must we refuse the table.
                    result = gatepost.run("import", "postfix-header-checks", f"{kind}:{path}")
                    self.assertEqual(result.returncode, 65, table + result.stdout)
                    continue
                met += sum(1 for result in self.assert_same(table, kind, fields) if result)
        self.assertGreater(met, self.TABLES * 2, "the generator makes tables that say nothing")

    def test_generated_tables_of_pcre(self):
        self.generated("pcre")

    def test_generated_tables_of_regexp(self):
        self.generated("regexp")

    def test_table_of_an_administrator(self):
        table = r"""
# What administrators have in their header_checks.
/^Subject: make money fast/     REJECT r3
/^To: friend@public\.com/       REJECT r4 no friend of ours
/^\s*(Received: from)[^\n]*(.*)/ IGNORE r5
/^X-(Mailer|Originating-IP):/ IGNORE r6
/^User-Agent:/ STRIP r7 $$
if /^(From|Reply-To):/
/@good\.example>?$/ DUNNO r9
/(\w+)@(\w+\.example)/ REJECT r10 $1 at $2
endif
/^Content-(Disposition|Type).*name\s*=\s*"?([^;]*(\.|=2E)(
  ade|adp|asp|bas|bat|chm|cmd|com|
  hlp|ht[at]))(\?=)?"?\s*(;|$)/x
    REJECT r12 Attachment name "$2" may not end with ".$4"
!/^[[:alnum:]-]+:/ WARN r16
/(.*)/ INFO r17 seen $1
"""
        fields = [
            "Subject: Make Money Fast now", "Subject: hello", "To: Friend@Public.com", "To: friend@publicxcom",
            "Received: from a (10.1.2.3)\n\tby b; date", "X-Mailer: M", "X-Originating-IP: [1.2.3.4]", "User-Agent: U",
            "From: Ann <ann@good.example>", "From: Ann <ann@bad.example>", "Reply-To: x@bad.example",
            'Content-Type: application/x; name="a b.hta"', "Content-Disposition: attachment;\n filename=x.cmd",
            "Content-Type: text/plain", "X_Odd: 1", "Subject: a\n b",
        ]
        self.assert_same(table, "pcre", fields)

    def test_explain_says_the_same(self):
        """Once as an administrator would ask: a message of several fields, by `explain --json`."""
        table = "/^Subject: .*(money)/ REJECT r1 no $1\n/^X-Spam:/ DUNNO r2\n/^X-/ IGNORE r3\n"
        path = self.write("table", table)
        policy = self.write("policy.yaml", self.imported(path, "pcre")[0])
        for message, expected in (
            ("Subject: easy money\r\nX-A: 1\r\n", ("reject", "550 5.7.1 r1 no money")),
            ("X-Spam: 1\r\nX-A: 1\r\nSubject: hello\r\n", ("accept", None)),
        ):
            file = self.write("message.eml", message + "\r\ntext\r\n")
            result = gatepost.run(
                "explain", file, "--json", "--policy", policy, "--sender", "a@example.net", "--recipient", "b@example.org"
            )
            story = json.loads(result.stdout)["transaction"]
            self.assertEqual((story["verdict"], story.get("reply")), expected)
            if expected[0] == "accept":
                self.assertEqual([line for line in story["headerChanges"] if line.startswith("-")], ["- X-A: 1"])

    def test_malformed_tables_end_with_65(self):
        for table in ("/a REJECT\n", "/a/q REJECT\n", "if /a/\n", "/(a)/ REJECT $2\n", "nonsense\n"):
            path = self.write("table", table)
            result = gatepost.run("import", "postfix-header-checks", f"pcre:{path}")
            self.assertEqual(result.returncode, 65, table)
            self.assertEqual(result.stdout, "")
            self.assertRegex(result.stderr, re.escape(path) + r":1:\d+: error: ")

    def test_what_is_not_carried_over_is_listed(self):
        path = self.write("table", "/a/ HOLD\n/b/ FILTER smtp:[127.0.0.1]:10025\n/c/ REJECT\n")
        policy, said = self.imported(path, "pcre")
        for number in (1, 2):
            self.assertIn(f"{path}:{number}:1: warning: not carried over", said)
        self.assertEqual(policy.count("# Not carried over"), 2)
        self.assertEqual(gatepost.run("check", self.write("policy.yaml", policy)).returncode, 0)

    def test_other_tables_are_refused_with_a_word(self):
        path = self.write("table", "/a/ REJECT\n")
        for command in ("postfix-mime-header-checks", "postfix-nested-header-checks"):
            result = gatepost.run("import", command, path)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("in this version", result.stderr)


SUBJECTS = {"helo": "Helo command", "sender": "Sender address", "recipient": "Recipient address"}


def given(subject, value):
    """What a policy test says for a value that Postfix looks up."""
    if subject == "recipient":
        return {"recipients": [value]}
    return {subject: value}


def access_expectation(subject, value, result):
    """What a policy test expects of a value with this result."""
    word, _, text = (result or "DUNNO").partition(" ")
    codes = {"REJECT": ("reject", "554 5.7.1"), "DEFER": ("defer", "450 4.7.1"), "551": ("reject", "551 5.7.1")}
    if word in codes:
        verdict, reply = codes[word]
        shown = "" if value == "<>" else value
        return {"verdict": verdict, "reply": f"{reply} <{shown}>: {SUBJECTS[subject]} rejected: {text}"}
    if word in ("WARN", "INFO"):
        return {"verdict": "accept", "log": {"WARN": "warning: ", "INFO": "info: "}[word] + text}
    if word == "DISCARD" and subject != "helo":
        return {"verdict": "discard", "log": f"discard: {text}"}
    return {"verdict": "accept"} if word in ("OK", "DISCARD") else {"verdict": "accept", "rules": []}


def lookups(subject, value):
    """The keys that Postfix looks up, in its order [access(5)], with domains that stand for their subdomains."""
    value = value.lower()
    if value == "<>":
        return ["<>"]
    local, at, domain = value.rpartition("@")
    labels = domain.split(".")
    domains = [".".join(labels[index:]) for index in range(len(labels))]
    return ([value] if at else []) + domains + ([local + "@"] if at else [])


@unittest.skipUnless(postmap.can_run(), "Postfix is not installed")
class Access(PostfixTableCase):
    LOCALS = ["ann", "Bob", "list-owner", "a.b"]
    DOMAINS = ["example.net", "Sub.Example.NET", "a.sub.example.net", "example.org", "other.example"]
    ACTIONS = ["REJECT", "DEFER", "551", "OK", "DUNNO", "WARN", "INFO", "HOLD", "DEFER_IF_PERMIT", "DISCARD"]

    def values(self, subject):
        if subject == "helo":
            return self.DOMAINS
        addresses = [f"{local}@{domain}" for local in self.LOCALS for domain in self.DOMAINS]
        return addresses + (["<>"] if subject == "sender" else [])

    def assert_same_access(self, subject, kind, table, results):
        path = self.write("access", table)
        policy, _ = self.imported(path, "hash" if kind == "texthash" else kind, "postfix-access", "--for", subject)
        tests = [
            "  - " + json.dumps({
                "name": f"value {value}", "given": given(subject, value),
                "expect": access_expectation(subject, value, result),
            })
            for value, result in results.items()
        ]
        outcome = gatepost.run("test", self.write("policy.yaml", policy + "\ntests:\n" + "\n".join(tests) + "\n"))
        self.assertEqual(outcome.returncode, 0, f"{outcome.stdout[:1500]}{outcome.stderr[:1500]}\n{table}\n{results}")

    def test_generated_tables_of_keys(self):
        met = 0
        for seed in range(60):
            chance = random.Random(seed)
            subject = chance.choice(list(SUBJECTS))
            keys = [key for value in self.values(subject) for key in lookups(subject, value)]
            chosen = chance.sample(sorted(set(keys)), min(len(set(keys)), chance.randint(1, 10)))
            lines = [f"{key}{chance.choice([' ', chr(9)])}{chance.choice(self.ACTIONS)} r{n}" for n, key in enumerate(chosen)]
            table = "\n".join(lines) + "\n"
            with self.subTest(seed=seed):
                path = self.write("probe", table)
                found, said = self.postmap.query(f"texthash:{path}", sorted(set(keys)))
                self.assertEqual(said, "")
                found = dict(zip(sorted(set(keys)), found))
                results = {}
                for value in self.values(subject):
                    hits = [found[key] for key in lookups(subject, value) if found[key]]
                    results[value] = hits[0] if hits else None
                    met += bool(hits)
                self.assert_same_access(subject, "texthash", table, results)
        self.assertGreater(met, 100)

    def test_generated_tables_of_patterns(self):
        patterns = [
            "/^<>$/", "/^ann@/", "/@example\\.net$/", "/example/", "!/@/", "/(.*)@(.*)/", "/^.$/", "/^$/", "/\\.net$/i",
            "/sub\\./", "/^[^@]*\\.org$/", "/list-(owner|request)@/", "/a/",
        ]
        for seed in range(60):
            chance = random.Random(seed)
            subject, kind = chance.choice(list(SUBJECTS)), chance.choice(["pcre", "regexp"])
            lines, depth = [], 0
            for number in range(chance.randint(1, 8)):
                if chance.random() < 0.15:
                    lines.append(f"if {chance.choice(patterns)}")
                    depth += 1
                pattern = chance.choice(patterns)
                group = " $1" if "(.*)" in pattern else ""
                lines.append(f"{pattern} {chance.choice(self.ACTIONS)} r{number}{group}")
            table = "\n".join(lines + ["endif"] * depth) + "\n"
            with self.subTest(seed=seed):
                values = self.values(subject)
                found, said = self.postmap.query(f"{kind}:{self.write('probe', table)}", values)
                self.assertEqual(said, "")
                self.assert_same_access(subject, kind, table, dict(zip(values, found)))

    def test_malformed_tables_end_with_65(self):
        result = gatepost.run("import", "postfix-access", "--for", "sender", self.write("table", "example.org\n"))
        self.assertEqual((result.returncode, result.stdout), (65, ""))
        self.assertRegex(result.stderr, r":1:\d+: error: ")

    def test_what_the_table_is_asked_about_must_be_said(self):
        path = self.write("table", "example.org REJECT\n")
        self.assertEqual(gatepost.run("import", "postfix-access", path).returncode, 64)
        self.assertEqual(gatepost.run("import", "postfix-access", "--for", "moon", path).returncode, 64)


HEADER_TABLE = r"""
/^Subject: refused/            REJECT
/^Subject: (no) (way)/         REJECT 5.6.0 Really $1 $2
/^Subject: later/              REJECT 4.7.9 Not now
/^X-Fine:/                     DUNNO
/^X-(Secret|Fine):/            IGNORE
/^(X-Old): (.*)$/              REPLACE X-New: <$2>
/^Subject: (mark.*)/           PREPEND X-Seen: $1
/^X-Folded: a b/               REJECT It is folded
/^X-Folded: a\n b/             REPLACE X-Folded: no more
!/^[A-Za-z-]+:/                REJECT Odd name
"""

MESSAGES = [
    "Subject: refused here", "Subject: no way", "Subject: later on", "Subject: hello\r\nX-Secret: 1\r\nX-Fine: 2",
    "X-Old: one\r\nX-Secret: a\r\n\tb\r\nX-Old: two\r\nSubject: hello", "Subject: marked\r\nX-Secret: 1",
    "X-Folded: a\r\n b\r\nSubject: hello", "Subject: hello\r\nX_Odd: 1", "subject: REFUSED too", "Subject: hello",
]

SENDER_TABLE = """\
<>                   REJECT no bounces here
ann@example.net      551 5.7.9 Not Ann
example.net          DUNNO
net                  REJECT
vip.example          OK
example              450 Come back
abuse@               DEFER later, $1
number.test          550
soft.test            REJECT 4.7.1 soft
hard.test            450 5.7.1 hard
bye.test             421 4.3.2 Bye
warn.test            WARN hm
defer.test           DEFER
test                 REJECT
"""

SENDERS = [
    "", "ann@example.net", "Ann@Example.NET", "bob@example.net", "bob@sub.example.net", "bob@other.net", "x@vip.example",
    "x@a.vip.example", "x@bad.example", "abuse@example.org", "abuse@example.net", "x@number.test", "x@no.test", "x@y.org",
    "x@soft.test", "x@hard.test", "x@bye.test", "x@warn.test", "x@defer.test",
]


@unittest.skipUnless(postfix.can_run() and postmap.can_run(), "Postfix starts as root alone")
class AgainstPostfixItself(PostfixTableCase):
    """The same mail to Postfix with the table and to Gatepost with the policy made of it."""

    def codes(self, port, sender, message=None):
        """The reply to MAIL, or to the message, without the identifier of the session or of the queue."""
        with Dialogue(port) as client:
            client.command("EHLO client.example")
            reply = client.command(f"MAIL FROM:<{sender}>")
            if reply.code == 250 and message is not None:
                client.command("RCPT TO:<user@example.org>")
                reply = client.data(message)
            text = "2yz" if reply.code == 250 else reply.text
            return reply.code, re.sub(r" \(\S+\)$", "", text)

    def test_replies_to_senders(self):
        path = self.write("table", SENDER_TABLE)
        settings = ["smtpd_delay_reject = no", f"smtpd_sender_restrictions = check_sender_access texthash:{path}"]
        server = postfix.Postfix(self.folder, settings)
        self.addCleanup(server.stop)
        policy, _ = self.imported(path, "hash", "postfix-access", "--for", "sender")
        proxy = self.gatepost(self.recorder().port, [self.write("policy.yaml", policy)])
        for sender in SENDERS:
            with self.subTest(sender=sender):
                self.assertEqual(self.codes(proxy.port, sender), self.codes(server.port, sender))

    def test_enhanced_status_codes(self):
        """Postfix makes those of recipients ones of senders, and so on."""
        for subject, value in (("sender", "x{}@d.test"), ("recipient", "x{}@example.org"), ("helo", "x{}.test")):
            values = [value.format(detail) for detail in range(9)]
            table = "".join(f"{key} REJECT 5.1.{detail} who\n" for detail, key in enumerate(values))
            path = self.write(f"table-{subject}", table + "x@other.test 450 5.2.1 hm\n")
            setting = f"smtpd_{subject}_restrictions = check_{subject}_access texthash:{path}"
            server = postfix.Postfix(self.folder, ["smtpd_delay_reject = no", setting])
            self.addCleanup(server.stop)
            policy, _ = self.imported(path, "hash", "postfix-access", "--for", subject)
            proxy = self.gatepost(self.recorder().port, [self.write(f"{subject}.yaml", policy)])
            for key in values:
                with self.subTest(value=key):
                    said = [self.refusal(port, subject, key) for port in (proxy.port, server.port)]
                    self.assertEqual(said[0], said[1])

    def refusal(self, port, subject, value):
        """The last reply to an envelope in which the client says this."""
        words = {"helo": "client.example", "sender": "a@example.net", "recipient": "user@example.org", subject: value}
        with Dialogue(port) as client:
            reply = client.command(f"HELO {words['helo']}")
            if reply.code == 250:
                reply = client.command(f"MAIL FROM:<{words['sender']}>")
            if reply.code == 250:
                reply = client.command(f"RCPT TO:<{words['recipient']}>")
            return re.sub(r" \(\S+\)$", "", str(reply))

    def test_header_checks(self):
        upstream = self.recorder()
        path = self.write("table", HEADER_TABLE)
        server = postfix.Postfix(self.folder, [f"header_checks = pcre:{path}"])
        self.addCleanup(server.stop)
        proxy = self.gatepost(upstream.port, [self.write("policy.yaml", self.imported(path, "pcre")[0])], trace="none")
        taken = 0
        for number, fields in enumerate(MESSAGES):
            with self.subTest(fields=fields):
                message = f"X-Number: {number}\r\n{fields}\r\n\r\ntext\r\n.\r\n".encode()
                expected = self.codes(server.port, "sender@example.net", message)
                self.assertEqual(self.codes(proxy.port, "sender@example.net", message), expected)
                if expected[0] != 250:
                    continue
                taken += 1
                delivered = {found["X-Number"]: found for found in server.delivered(count=taken)}[str(number)]
                passed = email.message_from_bytes(upstream.received(taken)[-1].content)
                self.assertEqual(self.fields(passed), self.fields(delivered))
        self.assertGreater(taken, 3)

    @staticmethod
    def fields(message):
        """The fields that the test wrote, in any order: PREPEND has another place here."""
        return sorted((name, str(value)) for name, value in message.items() if name.startswith(("X-", "Subject")) and name != "X-Original-To")
