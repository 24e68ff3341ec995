"""Waits until a submission has left the queue, and says how far it is."""
import sys
import time

from . import queue


class Counts:
    def __init__(self, submission, states):
        done = submission.done()
        pending = {index: state for index, state in states.items() if index not in done}
        self.all = submission.shards
        self.done = len(done)
        self.waiting = sum(state == "PD" for state in pending.values())
        self.running = len(pending) - self.waiting
        self.failed = sorted(set(range(submission.shards)) - done - set(pending))

    def line(self):
        return (f"{self.done} of {self.all} parts done, {self.running} running, {self.waiting} waiting, "
                f"{len(self.failed)} failed")


class Progress:
    """One line on a terminal, written over; elsewhere a line where the numbers have changed."""

    def __init__(self, quiet):
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._last = None
        self._started = time.monotonic()
        self._first_done = None

    def show(self, counts, merging):
        if self._first_done is None:
            self._first_done = counts.done
        text = counts.line()
        if merging and counts.done == counts.all:
            text += "; merging"
        if self._quiet or (text == self._last and not self._terminal):
            return
        self._last = text
        if self._terminal:
            print(f"\r{text}{self._time_left(counts)}\033[K", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def end(self):
        if self._terminal and self._last is not None and not self._quiet:
            print(file=sys.stderr)

    def _time_left(self, counts):
        fresh = counts.done - self._first_done
        left = counts.running + counts.waiting
        if fresh == 0 or left == 0:
            return ""
        minutes = (time.monotonic() - self._started) / fresh * left / 60
        return f", about {minutes:.0f} minutes left"


def wait(submission, every, quiet):
    """Ends when neither a part nor the merge is in the queue; the last counts."""
    progress = Progress(quiet)
    empty = 0
    while True:
        try:
            states, _ = queue.tasks(submission.name)
            merging = bool(queue.jobs(submission.merge_name))
        except queue.SlurmError:
            # A controller that restarts: the jobs go on meanwhile.
            time.sleep(every)
            continue
        counts = Counts(submission, states)
        progress.show(counts, merging)
        # Seen empty three times: a file may show some seconds after its task has ended, and a task
        # that is queued again is out of the queue for a moment.
        empty = 0 if states or merging else empty + 1
        if empty == 3 or (empty and submission.merged() and not counts.failed):
            progress.end()
            return counts
        time.sleep(every if not empty else min(every, 2.0))
