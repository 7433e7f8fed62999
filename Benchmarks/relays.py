"""The relays that are compared, each a process tree that listens on one port and relays to another."""

import os
import shutil
import socket
import subprocess

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
ROOT = os.path.dirname(os.path.dirname(HERE))
HOST = "127.0.0.1"


class Peer:
    """One relay: what it is, the files that it reads, and the command that runs it in the foreground."""

    name = ""
    description = ""
    templates = ()
    placeholders = {}
    idle_connections = (1000, 5000)
    workloads = ("C", "W1", "W2", "W3", "W4", "M")
    base = None
    """The relay that ratios are taken to, where it is not that of the command line."""
    like = None
    """The HAProxy that has as many threads."""
    start_seconds = 30
    speaks_tls = False
    """Whether it is spoken to in TLS from the first octet."""
    queues_mail = False
    """Whether it takes mail before the drain has it."""
    executable = ""
    measured_by = None
    """What measures it, where it is no relay: a tool of `Benchmarks/tools`, or a path."""

    def available(self):
        return shutil.which(self.executable) is not None

    def prepare(self, folder, port, drain_port):
        """Writes what the command reads below `folder`."""
        values = {
            "@FOLDER@": folder,
            "@ROOT@": ROOT,
            "@PORT@": str(port),
            "@DRAIN@": str(drain_port),
            "@EXTRA@": str(free_port()),
            "@USER@": "user: nobody" if os.geteuid() == 0 else "",
            **self.placeholders,
        }
        for source, destination in self.templates:
            with open(os.path.join(HERE, source), encoding="utf-8") as template:
                text = template.read()
            for placeholder, value in values.items():
                text = text.replace(placeholder, value)
            path = os.path.join(folder, destination)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def command(self, folder, port, drain_port):
        raise NotImplementedError


class HAProxy(Peer):
    name = "haproxy"
    description = "TCP mode, one thread: copies, does not parse"
    executable = "haproxy"
    templates = [("haproxy.cfg", "haproxy.cfg")]

    def command(self, folder, port, drain_port):
        return ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]


class ThreadedHAProxy(HAProxy):
    name = "haproxy-threads"
    description = "TCP mode, a thread for each core, as it comes and as Gatepost runs: copies, does not parse"
    workloads = ("W1", "W2", "W3")
    templates = [("haproxy-threads.cfg", "haproxy.cfg")]


class NginxMail(Peer):
    name = "nginx-mail"
    description = "mail proxy, one worker: parses up to the first RCPT, then copies"
    executable = "nginx"
    templates = [("nginx.conf", "nginx.conf")]

    def command(self, folder, port, drain_port):
        return ["nginx", "-c", f"{folder}/nginx.conf"]


class PostfixProxy(Peer):
    name = "postfix"
    description = "smtpd_proxy_filter, a process for each client: parses the envelope, spools nothing"
    executable = "postfix"
    templates = [("postfix/main.cf", "conf/main.cf"), ("postfix/master.cf", "conf/master.cf")]
    idle_connections = (1000,)

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        for name in ("queue", "data"):
            os.mkdir(f"{folder}/{name}")
        shutil.chown(f"{folder}/data", "postfix")
        subprocess.run(["postfix", "-c", f"{folder}/conf", "check"], check=True, capture_output=True)

    def command(self, folder, port, drain_port):
        return ["/usr/lib/postfix/sbin/master", "-d", "-c", f"{folder}/conf"]


class Gatepost(Peer):
    name = "gatepost"
    like = "haproxy-threads"
    description = "four example policies: parses all, judges and edits every mail"
    templates = [("gatepost.yaml", "gatepost.yaml")]
    placeholders = {"@UPSTREAM@": "", "@TLS@": "", "@THREADS@": ""}

    def __init__(self, executable):
        self.executable = executable

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        # Gatepost does not stay root, and the repository may be below a folder of root's.
        shutil.copytree(os.path.join(ROOT, "Policies"), f"{folder}/Policies", dirs_exist_ok=True)

    def command(self, folder, port, drain_port):
        return [self.executable, "serve", "--config", f"{folder}/gatepost.yaml"]


class ReusingGatepost(Gatepost):
    name = "gatepost-reuse"
    description = "the same, and upstream connections are kept for the sessions to come (`reuse: {}`)"
    workloads = ("W1", "W2", "W3")
    placeholders = {**Gatepost.placeholders, "@UPSTREAM@": ", reuse: {}"}


class SingleGatepost(Gatepost):
    name = "gatepost-thread"
    like = "haproxy"
    description = "the same on one thread, as HAProxy is measured (`threads: 1`)"
    workloads = ("C", "W1", "W2", "W3")
    placeholders = {**Gatepost.placeholders, "@THREADS@": "threads: 1"}


def write_certificate(folder):
    """An ECDSA certificate as chain.pem and key.pem, and both in both.pem."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=bench.example", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/chain.pem"],
        check=True, capture_output=True,
    )
    if os.geteuid() == 0:
        shutil.chown(f"{folder}/key.pem", "nobody")
    with open(f"{folder}/both.pem", "w", encoding="ascii") as both:
        for name in ("chain", "key"):
            with open(f"{folder}/{name}.pem", encoding="ascii") as part:
                both.write(part.read())


class TLSHAProxy(HAProxy):
    name = "haproxy-tls"
    base = "haproxy-tls"
    description = "ends TLS, one thread: copies, does not parse"
    workloads = ("H", "T1", "T3", "T4")
    templates = [("haproxy-tls.cfg", "haproxy.cfg")]
    speaks_tls = True

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        write_certificate(folder)


class ThreadedTLSHAProxy(TLSHAProxy):
    name = "haproxy-tls-threads"
    description = "ends TLS, a thread for each core, as it comes and as Gatepost runs: copies, does not parse"
    workloads = ("H", "T1", "T3")
    templates = [("haproxy-tls-threads.cfg", "haproxy.cfg")]


class TLSGatepost(Gatepost):
    name = "gatepost-tls"
    like = "haproxy-tls-threads"
    base = "haproxy-tls"
    description = "the same as gatepost, behind TLS (`tls: implicit`)"
    workloads = ("H", "T1", "T3", "T4")
    speaks_tls = True
    placeholders = {
        **Gatepost.placeholders,
        "@TLS@": "    tls: implicit\ncertificates: [{ chain: @FOLDER@/chain.pem, key: @FOLDER@/key.pem }]\n",
    }

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        write_certificate(folder)
        # What a placeholder stands for holds another one.
        path = f"{folder}/gatepost.yaml"
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("@FOLDER@", folder)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


class SingleTLSGatepost(TLSGatepost):
    name = "gatepost-tls-thread"
    like = "haproxy-tls"
    description = "the same on one thread, as HAProxy is measured (`threads: 1`)"
    workloads = ("H", "T1", "T3")
    placeholders = {**TLSGatepost.placeholders, "@THREADS@": "threads: 1"}


class RawOpenSSL(Peer):
    name = "openssl"
    base = "haproxy-tls"
    description = "no relay: OpenSSL alone, a client and a server with memory between them, of which the server is counted"
    workloads = ("H", "T3")
    executable = "openssl"
    measured_by = "tls-raw"


class TLSEngine(RawOpenSSL):
    name = "gatepost-engine"
    description = "no relay: Gatepost's use of OpenSSL alone, measured as `openssl` is"

    def __init__(self):
        build = [f"{ROOT}/Scripts/build", "--product", "tls-benchmark"]
        self.measured_by = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class GreetingOpenSSL(Peer):
    name = "openssl-server"
    base = "haproxy-tls"
    description = "no relay: OpenSSL, epoll, one thread, a greeting and a reply to QUIT"
    workloads = ("H",)
    executable = "openssl"
    speaks_tls = True

    def prepare(self, folder, port, drain_port):
        super().prepare(folder, port, drain_port)
        write_certificate(folder)

    def command(self, folder, port, drain_port):
        return ["@TOOLS@/tls-greet", f"{folder}/chain.pem", f"{folder}/key.pem", str(port)]


class CopyingOpenSSL(GreetingOpenSSL):
    name = "openssl-relay"
    description = "OpenSSL, epoll, one thread: ends TLS, copies, does nothing else"
    workloads = ("T1", "T3")

    def command(self, folder, port, drain_port):
        return ["@TOOLS@/tls-copy", f"{folder}/chain.pem", f"{folder}/key.pem", str(port), str(drain_port)]


class OtherRelay(Peer):
    """A relay from the command line: `NAME=COMMAND` with {port} and {drain} in the command."""

    description = "from the command line"

    def __init__(self, definition):
        self.name, _, self._command = definition.partition("=")
        self.executable = self._command.split()[0]

    def command(self, folder, port, drain_port):
        return [word.format(port=port, drain=drain_port) for word in self._command.split()]


class Direct(Peer):
    name = "direct"
    description = "no relay: the generator straight to the drain"
    workloads = ("W1", "W2", "W3")

    def available(self):
        return True


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
