"""Nsight Compute on the hot kernels: how often a scheduler issues, what warps wait for, conflicts
of shared memory, local memory."""

import csv
import io
import shutil
import tempfile
from pathlib import Path

from .report import table
from .studies import dry_outcome

# name: (functor in the kernel's name, launches to skip, study)
KERNELS = {
    "train, replacement": ("AdvanceSlot", 2, [
        "train", "--trajectories", "200000", "--epochs", "20", "--records", "2", "--batching",
        "replacement", "--keep-parameters", "none"]),
    "train, shuffling": ("AdvanceSlot", 2, [
        "train", "--trajectories", "200000", "--epochs", "20", "--records", "2", "--keep-parameters",
        "none"]),
    "llc, langevin": ("AdvanceOneChain", 1, [
        "llc", "--at", "6", "--samples", "1000", "--chains", "100000", "--burn-in", "50", "--draws",
        "50", "--thin", "1"]),
    "sample, smc": ("MoveOneParticle", 3, [
        "sample", "--samples", "1000", "--islands", "1", "--particles", "131072", "--draws", "0"]),
    "sample, nuts": ("AdvanceOneNuts", 2, [
        "sample", "--sampler", "nuts", "--samples", "200", "--islands", "1", "--chains", "65536",
        "--warmup", "20", "--draws", "10"]),
}
STALL = "smsp__average_warps_issue_stalled_"
METRICS = {
    "gpu__time_duration.sum": "time",
    "smsp__issue_active.avg.pct_of_peak_sustained_active": "issue active %",
    "sm__warps_active.avg.pct_of_peak_sustained_active": "warps active %",
    "launch__registers_per_thread": "registers",
    "smsp__inst_executed.sum": "instructions",
    "l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum": "shared conflicts",
    "smsp__inst_executed_op_local_ld.sum": "local loads",
}


def run(context):
    if context.dry:
        return dry_outcome(context, [study for _, _, study in KERNELS.values()])
    program = shutil.which("ncu") or shutil.which("ncu", path="/usr/local/cuda/bin")
    if program is None:
        return "skipped", "no ncu here", ""
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, (functor, skip, study) in KERNELS.items():
            done = context.run([
                program, "--clock-control", "none", "--csv", "--page", "raw", "--print-units", "base",
                "--kernel-name-base", "demangled", "--kernel-name", f"regex:{functor}",
                "--launch-skip", skip, "--launch-count", 1, "--metrics",
                ",".join([*METRICS, f"regex:{STALL}.*_per_issue_active.ratio"]), context.kgon, *study,
                "--device", "cuda", "--quiet", "--overwrite", "-o", Path(folder) / "result.nc"])
            found = _values(done.stdout)
            if not found:
                notes.append(f"{name}: {(done.stdout + done.stderr).strip().splitlines()[-1:]}")
                continue
            rows.append((name, *(found.get(metric, "?") for metric in METRICS), _stalls(found)))
    if not rows:
        return "failed", "no kernel could be profiled", "\n".join(notes) + "\n"
    heads = ("kernel", *METRICS.values(), "warps wait for (per issue)")
    return "passed", f"{len(rows)} kernels", table(heads, rows) + "\n".join(notes) + "\n"


def _values(text):
    """{metric: value} of the only kernel in ncu's CSV: heads, units, values."""
    lines = [line for line in text.splitlines() if line.startswith('"')]
    rows = list(csv.reader(io.StringIO("\n".join(lines))))
    return dict(zip(rows[0], rows[-1])) if len(rows) >= 2 else {}


def _stalls(found):
    waits = []
    for name, value in found.items():
        if name.startswith(STALL):
            try:
                waits.append((float(value), name[len(STALL):].split("_per_")[0].replace("_", " ")))
            except ValueError:
                continue
    return ", ".join(f"{word} {value:.2f}" for value, word in sorted(waits, reverse=True)[:4])
