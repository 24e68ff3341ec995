"""What machine this is, and what was built."""

import json
import os
import platform
import subprocess
from datetime import datetime, timezone


def output(*command):
    """What a command prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def gpus():
    """A line per GPU: name, driver, memory, clocks."""
    text = output("nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm,"
                  "clocks.sm,power.limit", "--format=csv,noheader")
    return text.splitlines()


def commit(root):
    name = output("git", "-C", root, "rev-parse", "--short", "HEAD")
    changed = output("git", "-C", root, "status", "--porcelain", "--untracked-files=no")
    return (name + (" with changes" if changed else "")) if name else "not known"


def _processor():
    try:
        lines = open("/proc/cpuinfo", encoding="utf-8").read().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
                platform.machine())


def description(build, commit_name, dry):
    """(term, words) pairs for the head of the report."""
    version = json.loads(output(build / "src" / "kgon", "version", "--json") or "{}")
    rows = [("date", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
            ("commit", commit_name), ("kgon", " ".join(f"{key}: {value}" for key, value in
                                                       version.items()))]
    rows += [("GPU (name, driver, memory, highest clock, clock, power limit)", line)
             for line in gpus()] or [("GPU", "none")]
    rows += [("CPU", f"{os.cpu_count()} cores, {_processor()}"),
             ("load average", "%.1f %.1f %.1f" % os.getloadavg())]
    if dry:
        rows.insert(0, ("dry run", "the CPU half alone: no line of this report is about a GPU"))
    return rows
