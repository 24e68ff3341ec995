"""The peers that are installed, side by side with kgon on the same device."""

import sys
import tempfile
from pathlib import Path


SIZES = (1000, 10000, 100000, 1000000)


def run(size, context):
    """Against that many trajectories: a size is as much as fits into a piece of nine minutes."""
    program = context.root / "tools" / "peers" / "run"
    if not program.exists():
        return "skipped", "no tools/peers/run", ""
    if context.dry:
        return "skipped", "peers have a test of their own", ""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "peers.md"
        done = context.run([program, "--python", sys.executable, "--device", "cuda", "--suite", "train",
                            "--kgon", context.kgon, "--trajectories", size, "--seconds", "1",
                            "--markdown", table])
        if done.returncode != 0 or not table.exists():
            return "failed", (done.stderr.strip().splitlines() or ["no message"])[-1], ""
        return "passed", "see the table", table.read_text("utf-8")
