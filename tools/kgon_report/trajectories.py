"""What a train result says of its trajectories."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .results import Result, UnusableFile

TRAJECTORIES = ("cell", "trajectory")
RECORDS = ("cell", "trajectory", "record")
VISITS = ("cell", "trajectory", "visit")
# What a sweep can differ in: variable, name for readers.
SWEPT = (("init", "start"), ("init_noise", "noise"), ("init_scale", "scale"),
         ("dead_bias", "dead bias"), ("lr", "lr"), ("batch", "batch"), ("samples", "n"),
         ("dataset", "data"), ("batching", "batching"), ("epochs", "epochs"))


@dataclass
class Transition:
    """A change from plateau to plateau: how often, in how many trajectories, when at first."""

    source: str
    target: str
    count: int
    first_steps: np.ndarray  # of the trajectories that made it


class Trajectories:
    """The group sgd of a train result; arrays are (cell, trajectory, ...) as in the file."""

    def __init__(self, result: Result):
        self.result = result
        self.group = result.main
        self.steps = self.group.values("step", ("cell", "record"))
        self.records = self.group.values("records", ("cell",)).astype(int)
        if self.steps.size == 0 or self.records.min(initial=1) < 1:
            raise UnusableFile(f"{result.path}: it has no trajectories")

    @property
    def cells(self):
        return len(self.records)

    @cached_property
    def settings(self):
        """Per cell {variable: value} of what a sweep can differ in."""
        columns = {name: self.group.values(name, ("cell",)) for name, _ in SWEPT
                   if self.group.has(name)}
        return [{name: column[cell] for name, column in columns.items()}
                for cell in range(self.cells)]

    def _varies(self, name, cells):
        return len({str(self.settings[cell][name]) for cell in cells}) > 1

    @cached_property
    def _alike(self):
        """{start: its cells}: what a start does not use (noise of a random one) is the same there."""
        found = {}
        for cell, values in enumerate(self.settings):
            found.setdefault(str(values.get("init")), []).append(cell)
        return found

    def varied_in(self, cell):
        """The variables that tell the cell from others: the start, and what differs at its start.
        A random one has no noise: there init_noise repeats the scale."""
        start = str(self.settings[cell].get("init"))
        mates = self._alike[start]
        names = [name for name, _ in SWEPT if name in self.settings[cell] and (
            len(self._alike) > 1 if name == "init" else self._varies(name, mates))]
        unused = {"init_noise"} if start == "random" else set()
        if "dataset" in names:  # the population has no samples and no minibatches
            kinds = {}
            for mate in mates:
                kinds.setdefault(self.settings[mate]["dataset"], []).append(mate)
            unused |= {name for name in ("samples", "batch", "batching")
                       if not any(self._varies(name, alike) for alike in kinds.values())}
        return [name for name in names if name not in unused]

    @cached_property
    def swept(self):
        """The variables in which cells differ, in the order of SWEPT."""
        names = {name for cell in range(self.cells) for name in self.varied_in(cell)}
        return [name for name, _ in SWEPT if name in names]

    def cell_name(self, cell, without=()):
        words = dict(SWEPT)
        return ", ".join(f"{words[name]} {setting(self.settings[cell][name])}"
                         for name in self.varied_in(cell) if name not in without) or (
            "" if without else f"start {self.settings[cell]['init']}")

    @cached_property
    def population_loss(self):
        return self.group.values("population_loss", RECORDS)

    @cached_property
    def training_loss(self):
        return self.group.values("training_loss", RECORDS)

    @cached_property
    def phase(self):
        return self.group.labels("phase", RECORDS)

    @cached_property
    def on_plateau(self):
        return self.group.values("on_plateau", RECORDS).astype(bool)

    @cached_property
    def _last(self):
        return np.broadcast_to((self.records - 1)[:, None, None], (*self.shape, 1))

    @property
    def shape(self):
        return len(self.records), self.group.data.sizes["trajectory"]

    def last(self, array):
        """An array (cell, trajectory, record) at the last record of each trajectory."""
        return np.take_along_axis(array, self._last, axis=2)[..., 0]

    @cached_property
    def finished(self):
        """(cell, trajectory): whether the last record's status is ok."""
        return self.last(self.group.labels("status", RECORDS)) == "ok"

    @cached_property
    def final_phase(self):
        """(cell, trajectory): label at the last record; that of a failed one says nothing."""
        return self.last(self.phase)

    @cached_property
    def visit_phase(self):
        return self.group.labels("visit_phase", VISITS)

    @cached_property
    def visit_step(self):
        return self.group.values("visit_step", VISITS)

    @cached_property
    def sequences(self):
        """(cell, trajectory): the plateaus visited, in order, as a tuple of labels."""
        found = np.empty(self.shape, dtype=object)
        names = self.visit_phase
        for index in np.ndindex(self.shape):
            row = names[index]
            found[index] = tuple(row[row != "no_visit"])
        return found

    @cached_property
    def transitions(self):
        """All transitions of finished trajectories, the most frequent first."""
        counts, first = {}, {}
        for index in zip(*np.nonzero(self.finished)):
            sequence, seen = self.sequences[index], set()
            for i, ends in enumerate(zip(sequence, sequence[1:])):
                counts[ends] = counts.get(ends, 0) + 1
                if ends not in seen:
                    seen.add(ends)
                    first.setdefault(ends, []).append(self.visit_step[index][i + 1])
        return [Transition(*ends, counts[ends], np.array(first[ends]))
                for ends in sorted(counts, key=lambda ends: (-counts[ends], ends))]

    @property
    def has_parameters(self):
        return self.group.has("W") and self.group.data["W"].dims[:3] == RECORDS

    def parameters(self, cell, trajectory):
        """W (record, hidden, feature) and b (record, feature) of one trajectory, in float32."""
        index = {"cell": cell, "trajectory": trajectory}
        count = self.records[cell]
        W = self.group.values("W", (*RECORDS, "hidden", "feature"), index)[:count]
        b = self.group.values("b", (*RECORDS, "feature"), index)[:count]
        return W, b


def setting(value):
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)
