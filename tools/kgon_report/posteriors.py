"""What a sample result says of its posteriors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .results import Result

RUN = ("run",)


@dataclass(frozen=True)
class Series:
    """Posteriors that differ in n and data set alone."""

    beta: float
    prior_scale: float
    population: bool

    def name(self):
        data = "population" if self.population else "data sets"
        return f"β = {self.beta:g}, {data}" + (
            f", prior scale {self.prior_scale:g}" if self.prior_scale != 1 else "")


class Posteriors:
    """The group sample of a result; arrays are (run, ...)."""

    def __init__(self, result: Result):
        self.result = result
        self.group = result.main
        self.samples = self.group.values("samples", RUN)
        self.data_set = self.group.values("data_set", RUN)
        self.beta = self.group.values("beta", RUN)
        self.prior_scale = self.group.values("prior_scale", RUN)
        self.phases = self.group.values("phase_label", ("phase",)).astype(str)
        self.occupancy = self.group.values("occupancy", ("run", "phase"))
        self.occupancy_se = self.group.values("occupancy_se", ("run", "phase"))

    @cached_property
    def doubt(self):
        return self.group.values("doubt", RUN).astype(str)

    def optional(self, name, group=None):
        """A variable (run, phase) that not every sampler has; None without it."""
        group = self.group if group is None else self.result.groups.get(group)
        if group is None or not group.has(name):
            return None
        return group.values(name, ("run", "phase"))

    @cached_property
    def series(self):
        keys = zip(self.beta, self.prior_scale, self.data_set < 0)
        return sorted({Series(float(b), float(s), bool(p)) for b, s, p in keys},
                      key=lambda series: (series.beta != 1, series.beta, series.prior_scale,
                                          series.population))

    def runs(self, series):
        """The indices of its runs."""
        return np.nonzero((self.beta == series.beta) & (self.prior_scale == series.prior_scale) &
                          ((self.data_set < 0) == series.population))[0]

    def along_n(self, series, values, errors):
        """Mean over data sets and its standard error at every n: (n, mean, error), the last two
        (n, phase). The error is at least that of the sampler: two sets can agree by chance."""
        runs = self.runs(series)
        grid = np.unique(self.samples[runs])
        mean, error = [], []
        for n in grid:
            here = runs[self.samples[runs] == n]
            mean.append(values[here].mean(axis=0))
            of_sampler = np.sqrt((np.nan_to_num(errors[here]) ** 2).sum(axis=0)) / len(here)
            error.append(of_sampler if len(here) == 1 else np.maximum(
                values[here].std(axis=0, ddof=1) / np.sqrt(len(here)), of_sampler))
        return grid, np.array(mean), np.array(error)

    def visible(self, runs, least=0.02):
        """Indices of the phases that have at least this much of one of the runs."""
        return np.nonzero(np.nan_to_num(self.occupancy[runs]).max(axis=0) >= least)[0]

    def derived_rows(self, name, columns, dimension, series):
        """The rows of a derived table that belong to a series, as dictionaries: of the population
        its own, of data sets those over all of them (those of the only one where there is one)."""
        group = self.result.groups.get(name)
        if group is None:
            return []
        names = (*columns, "data_set", "aggregate", "beta", "prior_scale")
        table = {column: group.values(column, (dimension,)) for column in names}
        rows = [dict(zip(names, row)) for row in zip(*table.values())]
        mine = [row for row in rows if row["beta"] == series.beta and
                row["prior_scale"] == series.prior_scale and
                (row["data_set"] == -1) == series.population]
        return [row for row in mine if row["aggregate"]] or mine
