"""Relays that judge every mail by many rules: Postfix's header_checks and access tables, and policies of the same effect.

No mail of the generator meets one of the numbered rules; the last rule, on a field of its own, holds for every mail.
"""

import os
import shutil
import subprocess

from relays import Gatepost, PostfixProxy

COUNTS = (10, 100, 1000, 10000)
FAMILIES = {
    "R": {
        "subject": "each rule a pattern on Subject",
        "any": "each rule a pattern on every field",
    },
    "L": {
        "sender": "each rule a domain of the sender with its subdomains",
        "client": "each rule a network of clients",
    },
}
DESCRIPTIONS = {name: text for families in FAMILIES.values() for name, text in families.items()}
TABLES = {
    "subject": "header_checks of {0} patterns on Subject",
    "any": "header_checks of {0} patterns on every field",
    "sender": "check_sender_access with a hash of {0} domains",
    "client": "check_client_access with a cidr table of {0} networks",
}
PATTERN = {"subject": r"\bkeyword{0}\b", "any": r"(spam|offer)word{0}[a-z]+"}


def header_checks(family, count):
    lines = {
        "subject": r"/^Subject: .*\bkeyword{0}\b/ REPLACE Subject: rewritten {0}",
        "any": r"/(spam|offer)word{0}[a-z]+/ REPLACE X-Flag: {0}",
    }
    table = [lines[family].format(number) for number in range(count)] if family in lines else []
    return "\n".join(table + ["/^User-Agent: .*$/ REPLACE User-Agent: rewritten"]) + "\n"


def network(number):
    """One of many networks of 24 bits, none of which the generator connects from."""
    return f"10.{number // 256}.{number % 256}.0/24"


def access(family, count):
    """The lines of an access table; none for a family of header rules."""
    keys = {"sender": "domain{0}.example", "client": "{1}"}
    lines = [f"{keys[family].format(number, network(number))} REJECT" for number in range(count)] if family in keys else []
    return "".join(f"{line}\n" for line in lines)


def policy(family, count):
    lines = ["policy: rules", "rules:"]
    for number in range(count):
        pattern = PATTERN.get(family, "").format(number)
        if family == "sender":
            rule = f"when: {{ sender.domain: .domain{number}.example }}, then: {{ reject: Access denied }}"
        elif family == "client":
            rule = f"at: mail, when: {{ client.address: {network(number)} }}, then: {{ reject: Access denied }}"
        elif family == "subject":
            rule = (
                f"when: {{ header.subject: {{ matches: '{pattern}' }} }}, "
                f"then: {{ set-header: {{ Subject: rewritten {number} }} }}"
            )
        else:
            rule = (
                f"when: {{ headers.field: {{ matches: '{pattern}' }} }}, "
                f"then: {{ rewrite-header: {{ field: '{pattern}', replace: 'X-Flag: {number}' }} }}"
            )
        lines.append(f"  - {{ name: rule-{number}, {rule} }}")
    lines.append(
        "  - { name: last, when: { header.user-agent: { exists: true } }, then: { set-header: { User-Agent: rewritten } } }"
    )
    return "\n".join(lines) + "\n"


def workload(family):
    return next(name for name, families in FAMILIES.items() if family in families)


class RulesGatepost(Gatepost):
    start_seconds = 120
    templates = [("gatepost-rules.yaml", "gatepost.yaml")]

    def __init__(self, executable, family, count):
        super().__init__(executable)
        self.family, self.count = family, count
        self.name = f"gatepost {family} {count}"
        self.base = f"gatepost {family} {COUNTS[0]}"
        self.workloads = (workload(family),)
        self.description = f"{count} rules, {DESCRIPTIONS[family]}"

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        with open(f"{folder}/rules.yaml", "w", encoding="utf-8") as file:
            file.write(policy(self.family, self.count))


class RulesPostfix(PostfixProxy):
    start_seconds = 60
    queues_mail = True
    templates = [("postfix-rules/main.cf", "conf/main.cf"), ("postfix-rules/master.cf", "conf/master.cf")]

    def __init__(self, family, count):
        self.family, self.count = family, count
        self.name = f"postfix {family} {count}"
        self.base = f"postfix {family} {COUNTS[0]}"
        self.workloads = (workload(family),)
        self.description = f"{TABLES[family].format(count)}; with its queue, to the drain"

    def prepare(self, folder, port, drain_port):
        os.makedirs(f"{folder}/conf")
        with open(f"{folder}/conf/rules.pcre", "w", encoding="utf-8") as file:
            file.write(header_checks(self.family, self.count))
        for family in FAMILIES["L"]:
            with open(f"{folder}/conf/{family}-access", "w", encoding="utf-8") as file:
                file.write(access(family, self.count) if family == self.family else "")
        for name in ("dynamicmaps.cf", "dynamicmaps.cf.d"):
            source = f"/etc/postfix/{name}"
            if os.path.isdir(source):
                shutil.copytree(source, f"{folder}/conf/{name}")
            elif os.path.exists(source):
                shutil.copy(source, f"{folder}/conf/{name}")
        super().prepare(folder, port, drain_port)

    def queued(self, folder):
        """How many mails have not been passed on yet."""
        found = subprocess.run(
            ["find", *(f"{folder}/queue/{name}" for name in ("maildrop", "incoming", "active", "deferred")), "-type", "f"],
            capture_output=True, text=True,
        )
        return len(found.stdout.splitlines())


def peers(workloads, gatepost=None, postfix=False):
    """The relays of both sorts for some workloads, family by family, the shortest table first."""
    chosen = []
    for family in [family for name, families in FAMILIES.items() if name in workloads for family in families]:
        if postfix:
            chosen += [RulesPostfix(family, count) for count in COUNTS]
        if gatepost:
            chosen += [RulesGatepost(gatepost, family, count) for count in COUNTS]
    return chosen
