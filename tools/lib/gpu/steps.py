"""The steps of a check: each returns what it found; those that do not fit into the time are left."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from . import bench, conformance, digests, headlines, peers, profile, sanitizer

# name: (function, seconds that it takes at most on a GPU)
STEPS = {"conformance": (conformance.run, 240), "digests": (digests.run, 120),
         "headlines": (headlines.run, 120), "bench": (bench.run, 300),
         "sanitizer": (sanitizer.run, 300), "profile": (profile.run, 240),
         **{f"peers-{size}": (partial(peers.run, size), 300) for size in peers.SIZES}}


class OutOfTime(Exception):
    """A command was stopped because the time was up."""


@dataclass
class Context:
    """What steps share."""

    root: Path
    build: Path
    dry: bool
    deadline: float = 0.0

    @property
    def kgon(self):
        return str(self.build / "src" / "kgon")

    @property
    def device(self):
        return "cpu" if self.dry else "cuda"

    def run(self, command, **more):
        """A command's CompletedProcess, with its output as text."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        environment = os.environ | more.pop("environment", {})
        try:
            return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                                  timeout=left, env=environment, **more)
        except subprocess.TimeoutExpired as error:
            raise OutOfTime from error


@dataclass
class Outcome:
    failed: list = field(default_factory=list)
    left: list = field(default_factory=list)


def run_all(names, context, state, seconds):
    """Runs the steps that are not done; what passes is not run again, what failed is."""
    start = time.monotonic()
    context.deadline = start + seconds
    outcome = Outcome()
    for name in names:
        function, needed = STEPS[name]
        found = state.get(name)
        if found is None or found["status"] == "failed":
            left = context.deadline - time.monotonic()
            # The first step that runs gets all there is, so that a short limit makes progress too.
            if not context.dry and left < needed and time.monotonic() - start > 30:
                outcome.left.append(name)
                continue
            found = _one(name, function, context)
            if found is None:
                outcome.left.append(name)
                continue
            state.put(name, found)
        print(f"{name:12} {found['status']:8} {found['seconds']:6.1f} s  {found['words']}", flush=True)
        if found["status"] == "failed":
            outcome.failed.append(name)
    return outcome


def _one(name, function, context):
    """{status, words, markdown, seconds} of a step; None where the time was up."""
    start = time.monotonic()
    try:
        status, words, markdown = function(context)
    except OutOfTime:
        return None
    except (OSError, ValueError, KeyError) as error:
        status, words, markdown = "failed", f"{type(error).__name__}: {error}", ""
    if status == "skipped" and not context.dry:
        # What was not looked at is not well.
        status, words = "failed", f"not done: {words}"
    return {"status": status, "words": words, "markdown": markdown,
            "seconds": time.monotonic() - start}
