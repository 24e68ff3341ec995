#!/usr/bin/env python3
"""sbatch, squeue, scontrol and scancel in one: a Slurm that a test writes the fate of.

Called by the name of each, with the folder FAKE_SLURM. Every look at the queue moves each task one
state on: waiting, running, ending, ended. plan.json has {"fails": [indices], "members_fail": [indices],
"max_array": N, "refuses": text, "silent": [looks that get no answer], "slow": [indices]}; an index in
"fails" ends without a part, once, and one in "slow" runs until the twelfth look. calls.txt lists what
was asked.
"""
import json
import os
import re
import sys
from pathlib import Path

HOME = Path(os.environ["FAKE_SLURM"])
SLOW_LOOKS = 12
STATE, PLAN = HOME / "state.json", HOME / "plan.json"


def expanded(text):
    indices = []
    for run in text.split("%")[0].split(","):
        first, _, last = run.partition("-")
        indices += range(int(first), int(last or first) + 1)
    return indices


def jobs_of(condition, options):
    """The jobs that --dependency names with this condition."""
    return [int(job) for job in re.findall(condition + r":(\d+)", options.get("--dependency", ""))]


def sbatch(words, state, plan):
    if plan.get("refuses"):
        sys.exit(plan["refuses"])
    options = {}
    while words[0].startswith("--"):
        name, _, value = words.pop(0).partition("=")
        options[name] = value or (words.pop(0) if name == "--job-name" else "")
    number = state["next"]
    state["next"] += 1
    array = options.get("--array")
    state["jobs"].append({
        "number": number, "name": options["--job-name"], "arguments": words[1:],
        "shards": int(os.environ.get("KGON_SHARDS", 0)) if array else 0,
        "tasks": {str(index): "PD" for index in (expanded(array) if array else [-1])},
        "after": jobs_of("afterok", options), "after_any": jobs_of("afterany", options)})
    print(number)


def end(job, index, state, plan):
    """What the scripts would leave behind."""
    if not job["shards"]:
        Path(job["arguments"][2]).write_text("whole")
    elif index in plan.get("fails", []):
        plan["fails"].remove(index)
        state["broken"].append(job["number"])
    else:
        stem = Path(job["arguments"][2]) / f"part-{index:05d}-of-{job['shards']:05d}"
        stem.with_suffix(".nc").write_text("part")
        if index in plan.get("members_fail", []):
            stem.with_suffix(".members-failed").write_text("")


def step(state, plan):
    for job in state["jobs"]:
        queued = {other["number"] for other in state["jobs"] if other["tasks"]}
        waits_for = (set(job["after"]) | set(job["after_any"])) & queued
        # Whether an array has gone well is known when it has ended.
        if set(job["after"]) & set(state["broken"]) - queued:
            job["tasks"] = {}
        elif not waits_for:
            for index, now in list(job["tasks"].items()):
                if now == "R" and int(index) in plan.get("slow", []) and state["looks"] < SLOW_LOOKS:
                    continue
                if now != "CG":
                    job["tasks"][index] = "R" if now == "PD" else "CG"
                else:
                    del job["tasks"][index]
                    end(job, int(index), state, plan)


def squeue(words, state, plan):
    state["looks"] += 1
    if state["looks"] in plan.get("silent", []):
        sys.exit("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    name, form = words[words.index("--name") + 1], words[words.index("--format") + 1]
    for job in state["jobs"]:
        for index, now in job["tasks"].items() if job["name"] == name else []:
            print(form.replace("%F", str(job["number"])).replace("%A", str(job["number"]))
                  .replace("%K", index).replace("%t", now))
    # A tick is one look at the tasks; the merge is looked at in the same one.
    if not name.endswith("-merge"):
        step(state, plan)


def scancel(words, state, plan):
    for job in state["jobs"]:
        if str(job["number"]) in words:
            job["tasks"] = {}


def scontrol(words, state, plan):
    print(f"Configuration data\nMaxArraySize            = {plan.get('max_array', 1001)}")


def main():
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    with open(HOME / "calls.txt", "a", encoding="utf-8") as calls:
        print(name, *[re.sub(r".*/", "", word) for word in words], file=calls)
    state = json.loads(STATE.read_text()) if STATE.exists() else {"next": 1, "looks": 0, "jobs": [], "broken": []}
    plan = json.loads(PLAN.read_text()) if PLAN.exists() else {}
    try:
        {"sbatch": sbatch, "squeue": squeue, "scancel": scancel, "scontrol": scontrol}[name](
            words, state, plan)
    finally:
        STATE.write_text(json.dumps(state))
        PLAN.write_text(json.dumps(plan))


if __name__ == "__main__":
    main()
