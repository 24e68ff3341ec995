"""Slurm's commands, as far as slurm_submit needs them."""
import re
import subprocess


class SlurmError(Exception):
    """Slurm refused; the text is its own."""


def _run(*command, **more):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    except FileNotFoundError:
        raise SlurmError(f"there is no {command[0]} on the PATH: this is no machine to submit from") from None
    if done.returncode != 0:
        raise SlurmError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def submit(options, script, arguments, environment):
    """The number of the new job."""
    out = _run("sbatch", "--parsable", *options, script, *arguments, env=environment)
    return out.strip().split(";")[0]


def cancel(job):
    try:
        _run("scancel", job)
    except SlurmError:
        pass  # it has ended meanwhile


def largest_array():
    """Tasks that one array may have (MaxArraySize), and 1000 where Slurm does not say."""
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", _run("scontrol", "show", "config"), re.MULTILINE)
    return int(found[1]) if found else 1000


def tasks(name):
    """({index: state}, jobs): the tasks in the queue of the arrays of this name. States are squeue's
    short ones: PD waits, others run or end. Asked for by name, for the number of a job that has ended
    is an error."""
    states, jobs = {}, set()
    out = _run("squeue", "--noheader", "--array", "--name", name, "--format", "%F %K %t")
    for line in out.splitlines():
        job, index, state = line.split()
        jobs.add(job)
        # Twice where a task ends and its successor waits: what waits counts.
        if states.get(int(index)) != "PD":
            states[int(index)] = state
    return states, sorted(jobs)


def jobs(name):
    """The jobs of this name in the queue."""
    return _run("squeue", "--noheader", "--name", name, "--format", "%A").split()
