"""Keys and certificates for one test, made by OpenSSL when it runs."""

import os
import subprocess

from peers import account


def openssl(*arguments, **options):
    return subprocess.run(
        ["openssl", *arguments], stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, timeout=60, **options
    )


class Authority:
    """A certificate authority in the folder of the test; `file` has its certificate, and `key` its key."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.name = name
        self.file, self.key = self._path(f"{name}.pem"), self._path(f"{name}.key")
        self._made(
            *self._new_key(name, "ecdsa"), "-x509", "-days", "1", "-subj", f"/CN={name}", "-out", self.file,
            "-addext", "basicConstraints=critical,CA:TRUE",
        )

    def issue(self, name, *names, key="ecdsa", days=1):
        """Writes NAME.pem and NAME.key, for `names`; with negative `days` it has expired."""
        request = self._path(f"{name}.csr")
        extensions = self._path(f"{name}.ext")
        chain = self._path(f"{name}.pem")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("subjectAltName=" + ",".join(f"DNS:{each}" for each in names) + "\n")
        self._made(*self._new_key(name, key), "-subj", f"/CN={name}", "-out", request)
        self._made(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._path(f"{self.name}.key"),
            "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", chain,
        )
        return chain, self._path(f"{name}.key")

    def _new_key(self, name, kind):
        kinds = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}
        return ["req", "-newkey", *kinds[kind], "-nodes", "-keyout", self._path(f"{name}.key")]

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _made(self, *arguments):
        result = openssl(*arguments)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.decode("utf-8", "replace"))
        if "-keyout" in arguments:
            account.give(arguments[arguments.index("-keyout") + 1])
