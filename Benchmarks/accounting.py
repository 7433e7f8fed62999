"""What a process and all its children cost: processor time and memory, as the kernel counts them."""

import itertools
import os
import re
import subprocess
import time

CGROUPS = "/sys/fs/cgroup"
TICKS = os.sysconf("SC_CLK_TCK")
NUMBERS = itertools.count(1)


class Account:
    """Processes that are started through it, with their children; `seconds` is their processor time so far.

    A control group counts exactly, ended children included: cgroup v1's cpuacct, or v2. Where neither may be
    written, the times in /proc are added up, which know ended children once their parent has waited for them.
    """

    def __init__(self, name):
        self._root = None
        self._group = _new_group(name)
        self.method = self._group[0] if self._group else "proc"

    def start(self, command, **options):
        """Starts `command` in a session of its own, counted from its first instruction on."""
        group = self._group

        def join():
            if group:
                with open(os.path.join(group[1], "cgroup.procs"), "w") as processes:
                    processes.write(str(os.getpid()))

        process = subprocess.Popen(command, preexec_fn=join, start_new_session=True, **options)
        self._root = process.pid
        return process

    def seconds(self):
        if self.method == "cgroup v1":
            return int(_read(os.path.join(self._group[1], "cpuacct.usage"))) / 1e9
        if self.method == "cgroup v2":
            usage = re.search(r"^usage_usec (\d+)", _read(os.path.join(self._group[1], "cpu.stat")), re.MULTILINE)
            return int(usage.group(1)) / 1e6
        return sum(_processor_seconds(pid) for pid in self.processes())

    def processes(self):
        if self._group:
            return [int(pid) for pid in _read(os.path.join(self._group[1], "cgroup.procs")).split()]
        return _tree(self._root) if self._root else []

    def memory(self):
        """The memory that the processes use, pages that they share counted once, in KiB."""
        return sum(_field(pid, "smaps_rollup", "Pss") for pid in self.processes())

    def peak_memory(self):
        """The sum of the largest resident sizes that the processes ever had, in KiB."""
        return sum(_field(pid, "status", "VmHWM") for pid in self.processes())

    def signal(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def close(self):
        """Removes the control group, which can be done once the last process in it is gone."""
        for _ in range(100 if self._group else 0):
            try:
                os.rmdir(self._group[1])
                return
            except OSError:
                time.sleep(0.02)


def busy_seconds():
    """What all processors of the machine have worked since it started."""
    fields = _read("/proc/stat").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, interrupts, soft_interrupts = (int(field) for field in fields[:7])
    return (user + nice + system + interrupts + soft_interrupts) / TICKS


def _new_group(name):
    folder = f"gatepost-benchmark-{os.getpid()}-{name}-{next(NUMBERS)}"
    for method, parent, proof in (
        ("cgroup v1", f"{CGROUPS}/cpuacct", "cpuacct.usage"),
        ("cgroup v1", f"{CGROUPS}/cpu,cpuacct", "cpuacct.usage"),
        ("cgroup v2", CGROUPS, "cpu.stat"),
    ):
        path = os.path.join(parent, folder)
        try:
            os.mkdir(path)
        except OSError:
            continue
        if os.path.exists(os.path.join(path, proof)) and os.access(os.path.join(path, "cgroup.procs"), os.W_OK):
            return method, path
        os.rmdir(path)
    return None


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _field(pid, file, name):
    match = re.search(rf"^{name}:\s+(\d+)", _read(f"/proc/{pid}/{file}"), re.MULTILINE)
    return int(match.group(1)) if match else 0


def _stat(pid):
    """The fields of /proc/PID/stat behind the name, which may hold spaces."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _processor_seconds(pid):
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) / TICKS if fields else 0


def _tree(root):
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(name)):
            children.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found
