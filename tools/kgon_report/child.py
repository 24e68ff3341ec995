"""The report is made in a process of its own: HDF5 crashes on some damaged files, and takes all memory
or time for others. What is left of that is a sentence with the file and the exit code 65."""

import ctypes
import mmap
import os
import resource
import signal
import sys

UNUSABLE = 65
MEMORY = 32 << 30  # of addresses, not all of them used: libraries reserve many
SECONDS = 4 * 3600  # of the processor

PR_SET_PDEATHSIG = 1
_LONGEST = 4096
_in_hand = None  # shared with the child


def note(path):
    """The file that is read next, for the sentence about a crash."""
    if _in_hand is not None:
        text = str(path).encode(errors="replace")[:_LONGEST - 1]
        _in_hand[:len(text) + 1] = text + b"\0"


def _limit(what, value):
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def lift_memory_limit():
    """Before a browser starts, which reserves more."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def run(action):
    """The exit code of action(), which runs in a child."""
    global _in_hand
    _in_hand = mmap.mmap(-1, _LONGEST)
    note("")
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        # It ends with its parent, however that ends.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_CPU, SECONDS)
        _limit(resource.RLIMIT_AS, MEMORY)
        sys.exit(action())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    # A terminal sends it to both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    if -code in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL):
        return 128 - code
    file = bytes(_in_hand).split(b"\0")[0].decode(errors="replace")
    what = (f"takes more than {SECONDS} s of the processor" if -code == signal.SIGXCPU else
            f"libnetcdf crashed while reading it ({signal.strsignal(-code)})")
    print(f"tools/report: {file or 'a result'}: {what}: damaged?", file=sys.stderr)
    return UNUSABLE
