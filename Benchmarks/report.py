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
COLUMNS["C"] = COLUMNS["H"] = [("connections/s", *COLUMNS["W1"][0][1:]), ("CPU µs each", *COLUMNS["W1"][1][1:]), *COLUMNS["W1"][2:]]
COLUMNS["A"] = COLUMNS["W3"]
COLUMNS["T1"], COLUMNS["T3"], COLUMNS["T4"] = COLUMNS["W1"], COLUMNS["W3"], COLUMNS["W4"]
COLUMNS["R"] = COLUMNS["L"] = COLUMNS["W1"][:2] + COLUMNS["W1"][4:]
RATIO = {
    "W1": "microseconds_per_message", "W2": "microseconds_per_message", "W3": "seconds_per_gib",
    "R": "microseconds_per_message", "L": "microseconds_per_message", "A": "seconds_per_gib",
    "T1": "microseconds_per_message", "T3": "seconds_per_gib",
    "C": "microseconds_per_message", "H": "microseconds_per_message",
}


RELAYS = "The relays"


def markdown(rows, peers, base, command, before=""):
    """`rows` are results with their `peer`, `workload` and `round`; what `before`, an earlier page, says of other
    workloads is kept."""
    sections, relays = _sections(before)
    for workload in [name for name in DESCRIPTIONS if any(row["workload"] == name for row in rows)]:
        own = [row for row in rows if row["workload"] == workload]
        sections[workload] = "\n".join(_section(workload, own, peers, base, command))
    relays |= {peer.name: f"* **{peer.name}**: {peer.description}" for peer in peers}
    title = (
        "# Results\n\nMedians over the rounds; *ratio* is the processor time per mail over that of another relay in the "
        "same round, its median and its range. How it is measured: [README](README.md)."
    )
    known = [sections[name] for name in DESCRIPTIONS if name in sections]
    return "\n\n".join([title, *known, f"## {RELAYS}", "\n".join(relays.values())]) + "\n"


def _sections(page):
    """The sections of a page by workload, and the lines about relays by their names."""
    found = {text.split(":")[0]: f"## {text.strip()}" for text in page.split("\n## ")[1:]}
    lines = found.get(RELAYS, "").splitlines()
    relays = {line.split("**")[1]: line for line in lines if line.startswith("* **")}
    return {name: text for name, text in found.items() if name in DESCRIPTIONS}, relays


def _section(workload, rows, peers, base, command):
    lines = [f"## {workload}: {DESCRIPTIONS[workload]}", "", f"{machine()}. {versions()}.", "", f"    {command}", ""]
    disturbed = [row for row in rows if row.get("foreign_cores", 0) >= QUIET]
    if disturbed:
        lines += [
            f"{len(disturbed)} of {len(rows)} measurements ran while other work kept the machine busy: "
            "their rates and latencies say little, their ratios less than they should.",
            "",
        ]
    if workload in RULES:
        lines += ["Here *ratio* is to the same relay with ten rules of the same sort.", ""]
    if workload == "A":
        lines += ["Here *ratio* is to the same relay without a rule that asks for parts.", ""]
    return lines + _table(workload, rows, peers, base)


def _table(workload, rows, peers, base):
    columns, ratio = COLUMNS[workload], RATIO.get(workload)
    bases = {peer.base or base for peer in peers if any(row["peer"] == peer.name for row in rows)}
    of = f" to {bases.pop()}" if len(bases) == 1 else ""
    names = {row["peer"] for row in rows}
    compares_likes = ratio and any(peer.name in names and peer.like in names for peer in peers)
    titles = ["relay"] + [title for title, _, _ in columns] + ([f"ratio{of}"] if ratio else [])
    titles += (["to HAProxy on as many threads"] if compares_likes else []) + ["rounds"]
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
            cells.append(_ratio(own, rows, peer.base or base, ratio))
        if compares_likes:
            cells.append(_ratio(own, rows, peer.like, ratio))
        lines.append("| " + " | ".join(cells + [str(len(own))]) + " |")
    return lines


def _ratio(own, rows, base, key):
    bases = {row["round"]: row for row in rows if row["peer"] == base}
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
