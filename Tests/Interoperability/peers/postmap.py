"""What the real Postfix finds in its tables."""

import os
import shutil
import subprocess


def can_run():
    return shutil.which("postmap") is not None


class Postmap:
    """`postmap -q` with a configuration of its own, in the folder of the test."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "postmap")
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "main.cf"), "w", encoding="ascii") as file:
            file.write("compatibility_level = 3.6\n")

    def query(self, table, keys):
        """The result for each key, None where there is none, and what Postfix said of the table."""
        plain = [key for key in keys if key and not any(mark in key for mark in "\n\t")]
        found, said = self._run("-", table, "".join(key + "\n" for key in dict.fromkeys(plain)))
        results = dict(line.split("\t", 1) for line in found.split("\n") if "\t" in line)
        for key in keys:
            if key not in plain:
                value, more = self._run(key, table, "")
                results[key] = value.rstrip("\n") if value else None
                said += more
        return [results.get(key) for key in keys], said

    def _run(self, key, table, text):
        result = subprocess.run(
            ["postmap", "-c", self.folder, "-q", key, table],
            input=text.encode(),
            capture_output=True,
            timeout=60,
        )
        return result.stdout.decode(), result.stderr.decode()
