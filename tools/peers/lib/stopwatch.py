"""Wall time and processor time of a piece of work."""
import resource
import time
from dataclasses import dataclass


@dataclass
class Times:
    wall: float
    cpu: float  # of all threads, and of other processes that ended meanwhile


def _cpu_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def times_of(work):
    wall, cpu = time.perf_counter(), _cpu_seconds()
    work()
    return Times(time.perf_counter() - wall, _cpu_seconds() - cpu)
