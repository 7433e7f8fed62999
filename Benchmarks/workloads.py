"""The loads, and one measurement of one relay under one of them."""

import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from accounting import Account, busy_seconds
from relays import HOST, free_port, write_certificate

KIB, MIB = 1024, 1024 * 1024
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools")

MAIL = {
    "C": ("a connection without a mail: greeting and QUIT, 20 sessions", ["--sessions", "20", "--empty", "--sources", "16"]),
    "W1": ("4 KiB, a connection for each mail, 20 sessions", ["--sessions", "20", "--size", "4096", "--sources", "16"]),
    "W2": ("4 KiB, connections kept, 20 sessions", ["--sessions", "20", "--size", "4096", "--kept"]),
    "R": ("4 KiB, connections kept, 20 sessions; 10 to 10,000 header rules", ["--sessions", "20", "--size", "4096", "--kept"]),
    "L": ("4 KiB, connections kept, 20 sessions; 10 to 10,000 rules to look up", ["--sessions", "20", "--size", "4096", "--kept"]),
    "A": (
        "10 MiB with seven attachments, connections kept, 4 sessions; scanned for the names of attachments",
        ["--sessions", "4", "--size", str(10 * MIB), "--kept", "--parts"],
    ),
    "H": (
        "C in TLS 1.3, a full handshake with an ECDSA certificate for each connection",
        ["--sessions", "20", "--empty", "--sources", "16"],
    ),
    "T1": (
        "W1 in TLS 1.3, a full handshake with an ECDSA certificate for each mail",
        ["--sessions", "20", "--size", "4096", "--sources", "16"],
    ),
    "T3": ("W3 in TLS 1.3", ["--sessions", "4", "--size", str(MIB), "--kept"]),
    "W3": ("1 MiB, connections kept, 4 sessions", ["--sessions", "4", "--size", str(MIB), "--kept"]),
}
IDLE = {"W4": "idle sessions: connected, greeted, EHLO said", "T4": "W4 in TLS 1.3"}
LARGE = {"M": "20 MiB on 20 sessions at once: the largest resident size"}
KEEPING_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""What lets malloc keep what was freed, also where nothing else is allocated that would have it do so."""
QUIET = 0.15
"""How many cores may be busy with something else while a relay is measured."""

RULES = ("R", "L")
"""The workloads that compare each relay with itself under fewer rules."""

DESCRIPTIONS = (
    {name: text for name, (text, _) in MAIL.items() if name not in (*RULES, "A")} | IDLE | LARGE
    | {name: MAIL[name][0] for name in (*RULES, "A")}
)


class Measurement:
    """A drain and a relay before it, started for one measurement alone, and ended with it."""

    def __init__(self, tools, peer):
        self.tools, self.peer = tools, peer
        self.folder = tempfile.mkdtemp(prefix="gatepost-benchmark-")
        os.chmod(self.folder, 0o755)
        self.drain_port = free_port()
        self.port = self.drain_port
        self.drain, self.relay, self.load = Account("drain"), Account("relay"), Account("load")
        self._relay_process = None

    def __enter__(self):
        try:
            self._drain_process = self.drain.start(
                [f"{self.tools}/smtp-drain", str(self.drain_port)], stdout=subprocess.PIPE, text=True
            )
            wait_for_greeting(self.drain_port, self._drain_process)
            if self.peer.executable:
                self._start_relay()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_relay(self):
        self.port = free_port()
        self.peer.prepare(self.folder, self.port, self.drain_port)
        command = self.peer.command(self.folder, self.port, self.drain_port)
        with open(f"{self.folder}/relay.log", "wb") as log:
            self._relay_process = self.relay.start(
                [word.replace("@TOOLS@", self.tools) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_for_greeting(self.port, self._relay_process, self.peer.start_seconds, in_tls=self.peer.speaks_tls)
        except RuntimeError as error:
            with open(f"{self.folder}/relay.log", errors="replace") as log:
                raise RuntimeError(f"{self.peer.name}: {error}\n{log.read()[-2000:]}") from None

    @property
    def _tls(self):
        return ["--tls"] if self.peer.speaks_tls else []

    def __exit__(self, *_):
        if self._relay_process:
            _end(self._relay_process)
            self.relay.signal(signal.SIGKILL)
        if self._drain_process.poll() is None:
            _end(self._drain_process)
        for account in (self.relay, self.drain, self.load):
            account.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_queue(self, seconds=100):
        """Waits until a relay with a queue has passed all mail on."""
        deadline = time.monotonic() + seconds
        while self.peer.queues_mail and self.peer.queued(self.folder) and time.monotonic() < deadline:
            time.sleep(0.1)

    def generate(self, *arguments):
        """Runs the generator and returns what it reports; a mail that failed ends the measurement."""
        process = self.load.start(
            [f"{self.tools}/smtp-load", "--to", f"{HOST}:{self.port}", *self._tls, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        output, errors = process.communicate(timeout=120)
        report = json.loads(output)
        if report["failed"]:
            raise RuntimeError(f"{self.peer.name}: {report['failed']} mails failed\n{errors}")
        return report

    def hold(self, count):
        """A generator that holds `count` idle sessions until its standard input is closed."""
        process = self.load.start(
            [f"{self.tools}/smtp-load", "--to", f"{HOST}:{self.port}", "--idle", str(count), "--sources", "8", *self._tls],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        report = json.loads(process.stdout.readline())
        if report["held"] != count:
            raise RuntimeError(f"{self.peer.name}: {report['held']} of {count} sessions held")
        return process


def measure(tools, peer, workload, seconds):
    """One row of results."""
    if peer.measured_by:
        return _raw(tools, peer, seconds)
    if workload in MAIL:
        return _mail(tools, peer, MAIL[workload][1], seconds)
    if workload in LARGE:
        return _large(tools, peer)
    return _idle(tools, peer)


def _mail(tools, peer, arguments, seconds):
    with Measurement(tools, peer) as measurement:
        measurement.generate(*arguments, "--messages", "8" if "--parts" in arguments else "100")
        measurement.wait_for_queue()
        accounts = (measurement.relay, measurement.drain, measurement.load)
        before, busy, started = [account.seconds() for account in accounts], busy_seconds(), time.monotonic()
        report = measurement.generate(*arguments, "--seconds", str(seconds))
        measurement.wait_for_queue()
        spent = [account.seconds() - earlier for account, earlier in zip(accounts, before, strict=True)]
        elsewhere = busy_seconds() - busy - sum(spent)
        # Without control groups the generator's time is gone with it.
        foreign = elsewhere / (time.monotonic() - started) if measurement.load.method != "proc" else 0
        return {
            "messages_per_second": report["messages"] / report["seconds"],
            "mib_per_second": report["messages"] * report["octets"] / report["seconds"] / MIB,
            "microseconds_per_message": spent[0] / report["messages"] * 1e6,
            "seconds_per_gib": spent[0] / (report["messages"] * report["octets"]) * 1024 * MIB,
            "median_latency": report["latency"]["median"],
            "p99_latency": report["latency"]["p99"],
            "memory_mib": measurement.relay.memory() / KIB,
            "foreign_cores": foreign,
        }


def _raw(tools, peer, seconds):
    """What the server's end of TLS costs without a network."""
    with tempfile.TemporaryDirectory(prefix="gatepost-benchmark-") as folder:
        write_certificate(folder)
        report = json.loads(
            subprocess.run(
                [os.path.join(tools, peer.measured_by), f"{folder}/chain.pem", f"{folder}/key.pem", str(seconds / 2)],
                check=True, capture_output=True, text=True, env=os.environ | KEEPING_MEMORY,
            ).stdout
        )
    return {
        "messages_per_second": report["handshakes"],
        "microseconds_per_message": 1e6 / report["handshakes"],
        "mib_per_second": report["mib"],
        "seconds_per_gib": 1024 / report["mib"],
    }


def _large(tools, peer):
    with Measurement(tools, peer) as measurement:
        measurement.generate("--sessions", "20", "--messages", "20", "--size", str(20 * MIB))
        return {"peak_mib": measurement.relay.peak_memory() / KIB}


def _idle(tools, peer):
    row = {}
    for count in peer.idle_connections:
        with Measurement(tools, peer) as measurement:
            measurement.generate("--sessions", "20", "--messages", "100")
            before = measurement.relay.memory()
            holder = measurement.hold(count)
            time.sleep(0.5)
            row[f"kib_per_session_{count}"] = (measurement.relay.memory() - before) / count
            holder.stdin.close()
            holder.wait(30)
    return row


def built_tools(folder):
    """Builds the tools into a folder, and returns it."""
    for name in ("smtp-load", "smtp-drain", "tls-raw", "tls-greet", "tls-copy"):
        source = os.path.join(TOOLS, f"{name}.c")
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", f"{folder}/{name}", source, "-lssl", "-lcrypto"],
                       check=True)
    return folder


def raise_descriptor_limit(wanted=65536):
    """5000 relayed sessions are 10000 descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, hard), max(wanted, hard)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def wait_for_greeting(port, process, seconds=30, in_tls=False):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode} before it listened")
        try:
            with socket.create_connection((HOST, port), timeout=5) as connection:
                probe = context.wrap_socket(connection) if in_tls else connection
                if probe.recv(512).startswith(b"220"):
                    probe.sendall(b"QUIT\r\n")
                    probe.recv(512)
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"does not answer on port {port}")


def _end(process):
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
