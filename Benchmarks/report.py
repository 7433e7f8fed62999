"""Results as Markdown: medians over the rounds, ratios taken within a round."""

import os
import platform
import re
import statistics
import subprocess

from workloads import DESCRIPTIONS, QUIET, RULES

COLUMNS = {
    "W1": [
        ("mails/s", "messages_per_second", 0),
        ("CPU µs/mail", "microseconds_per_message", 1),
        ("median ms", "median_latency", 2),
        ("p99 ms", "p99_latency", 2),
        ("memory MiB", "memory_mib", 1),
    ],
    "W3": [("MiB/s", "mib_per_second", 0), ("CPU s/GiB", "seconds_per_gib", 2), ("memory MiB", "memory_mib", 1)],
    "W4": [("KiB/session, 1000", "kib_per_session_1000", 1), ("KiB/session, 5000", "kib_per_session_5000", 1)],
    "M": [("peak MiB", "peak_mib", 1)],
}
COLUMNS["W2"] = COLUMNS["W1"]
COLUMNS["A"] = COLUMNS["W3"]
COLUMNS["T1"], COLUMNS["T3"], COLUMNS["T4"] = COLUMNS["W1"], COLUMNS["W3"], COLUMNS["W4"]
COLUMNS["R"] = COLUMNS["L"] = COLUMNS["W1"][:2] + COLUMNS["W1"][4:]
RATIO = {
    "W1": "microseconds_per_message", "W2": "microseconds_per_message", "W3": "seconds_per_gib",
    "R": "microseconds_per_message", "L": "microseconds_per_message", "A": "seconds_per_gib",
    "T1": "microseconds_per_message", "T3": "seconds_per_gib",
}


def markdown(rows, peers, base, command):
    """`rows` are results with their `peer`, `workload` and `round`."""
    lines = [
        "# Results",
        "",
        f"{machine()}. {versions()}.",
        "",
        f"    {command}",
        "",
        "Medians over the rounds; *ratio* is the processor time per mail over that of "
        f"{base} in the same round, its median and its range. How it is measured: [README](README.md).",
    ]
    disturbed = [row for row in rows if row.get("foreign_cores", 0) >= QUIET]
    if disturbed:
        lines += [
            "",
            f"{len(disturbed)} of {len(rows)} measurements ran while other work kept the machine busy: "
            "their rates and latencies say little, their ratios less than they should.",
        ]
    for workload in [name for name in DESCRIPTIONS if any(row["workload"] == name for row in rows)]:
        lines += ["", f"## {workload}: {DESCRIPTIONS[workload]}", ""]
        if workload in RULES:
            lines += ["Here *ratio* is to the same relay with ten rules of the same sort.", ""]
        if workload == "A":
            lines += ["Here *ratio* is to the same relay without a rule that asks for parts.", ""]
        lines += _table(workload, [row for row in rows if row["workload"] == workload], peers, base)
    lines += ["", "## The relays", ""]
    lines += [f"* **{peer.name}**: {peer.description}" for peer in peers]
    return "\n".join(lines) + "\n"


def _table(workload, rows, peers, base):
    columns, ratio = COLUMNS[workload], RATIO.get(workload)
    titles = ["relay"] + [title for title, _, _ in columns] + (["ratio"] if ratio else []) + ["rounds"]
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    for peer in peers:
        own = [row for row in rows if row["peer"] == peer.name]
        if not own:
            continue
        cells = [peer.name]
        for _, key, digits in columns:
            values = [row[key] for row in own if key in row]
            cells.append(f"{statistics.median(values):,.{digits}f}" if values else "–")
        if ratio:
            bases = {row["round"]: row for row in rows if row["peer"] == (peer.base or base)}
            cells.append(_ratio(own, bases, ratio))
        lines.append("| " + " | ".join(cells + [str(len(own))]) + " |")
    return lines


def _ratio(own, bases, key):
    values = [row[key] / bases[row["round"]][key] for row in own if row["round"] in bases and row[key]]
    if not values:
        return "–"
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def machine():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.+)", file.read(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} × {model.group(1) if model else platform.machine()}, {memory:.0f} GiB, "
        f"Linux {platform.release()}"
    )


def versions():
    found = []
    for package in ("haproxy", "nginx", "postfix"):
        version = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True
        ).stdout.strip()
        if version:
            found.append(f"{package} {version}")
    return ", ".join(found) or "no Debian packages"
