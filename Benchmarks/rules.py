"""Relays that judge every mail by many header rules: Postfix's header_checks and policies of the same effect.

No mail of the generator meets one of the numbered rules; the last rule, on another field, holds for every mail.
"""

import os
import shutil
import subprocess

from relays import Gatepost, PostfixProxy

COUNTS = (10, 100, 1000, 10000)
FAMILIES = {
    "subject": "each rule a pattern on Subject",
    "any": "each rule a pattern on every field",
}
PATTERN = {"subject": r"\bkeyword{0}\b", "any": r"(spam|offer)word{0}[a-z]+"}


def header_checks(family, count):
    lines = {
        "subject": r"/^Subject: .*\bkeyword{0}\b/ REPLACE Subject: rewritten {0}",
        "any": r"/(spam|offer)word{0}[a-z]+/ REPLACE X-Flag: {0}",
    }
    table = [lines[family].format(number) for number in range(count)]
    return "\n".join(table + ["/^User-Agent: .*$/ REPLACE User-Agent: rewritten"]) + "\n"


def policy(family, count):
    lines = ["policy: rules", "rules:"]
    for number in range(count):
        pattern = PATTERN[family].format(number)
        if family == "subject":
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


class RulesGatepost(Gatepost):
    workloads = ("R",)
    start_seconds = 120
    templates = [("gatepost-rules.yaml", "gatepost.yaml")]

    def __init__(self, executable, family, count):
        super().__init__(executable)
        self.family, self.count = family, count
        self.name = f"gatepost {family} {count}"
        self.base = f"gatepost {family} {COUNTS[0]}"
        self.description = f"{count} rules, {FAMILIES[family]}"

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        with open(f"{folder}/rules.yaml", "w", encoding="utf-8") as file:
            file.write(policy(self.family, self.count))


class RulesPostfix(PostfixProxy):
    workloads = ("R",)
    start_seconds = 60
    queues_mail = True
    templates = [("postfix-rules/main.cf", "conf/main.cf"), ("postfix-rules/master.cf", "conf/master.cf")]

    def __init__(self, family, count):
        self.family, self.count = family, count
        self.name = f"postfix {family} {count}"
        self.base = f"postfix {family} {COUNTS[0]}"
        self.description = f"header_checks of {count} patterns, {FAMILIES[family]}; with its queue, to the drain"

    def prepare(self, folder, port, drain_port):
        os.makedirs(f"{folder}/conf")
        with open(f"{folder}/conf/rules.pcre", "w", encoding="utf-8") as file:
            file.write(header_checks(self.family, self.count))
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


def peers(gatepost=None, postfix=False):
    """The relays of both sorts, family by family, the shortest table first."""
    chosen = []
    for family in FAMILIES:
        if postfix:
            chosen += [RulesPostfix(family, count) for count in COUNTS]
        if gatepost:
            chosen += [RulesGatepost(gatepost, family, count) for count in COUNTS]
    return chosen
