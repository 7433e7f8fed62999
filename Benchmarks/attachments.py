"""Relays that pass mail with attachments: Gatepost without a rule that asks for parts, and with one.

No mail of the generator has an attachment that the rules ask for, so all of them pass.
"""

from relays import Gatepost

CONDITIONS = {
    "unscanned": ("a rule on the size of the message alone", "message.size: { over: 1 GiB }"),
    "attachment.name": ("a rule on the names of attachments", "attachment.name: { matches: 'virus' }"),
    "attachment.size": ("a rule on their sizes when decoded", "attachment.size: { over: 1 GiB }"),
    "body.text": ("a rule on the text", "body.text: { contains: virus }"),
}


class ScanningGatepost(Gatepost):
    workloads = ("A",)
    templates = [("gatepost-rules.yaml", "gatepost.yaml")]
    base = "gatepost unscanned"

    def __init__(self, executable, name):
        super().__init__(executable)
        self.name = f"gatepost {name}"
        self.description, self.condition = CONDITIONS[name]

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        with open(f"{folder}/rules.yaml", "w", encoding="utf-8") as file:
            file.write(f"policy: parts\nrules:\n  - {{ name: a, when: {{ {self.condition} }}, then: {{ reject: no thanks }} }}\n")


def peers(gatepost):
    return [ScanningGatepost(gatepost, name) for name in CONDITIONS]
