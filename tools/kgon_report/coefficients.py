"""What an llc result says of its points."""

from functools import cached_property

import numpy as np

from .results import Result

POINT = ("point",)
TRUSTED = ("ok", "not_converged")  # verdicts whose lambda-hat is of the point itself
# What points of one label can differ in: variable, name for readers.
SETTINGS = (("samples", "n"), ("dataset", "data"), ("nbeta", "nβ"), ("gamma", "γ"),
            ("sampler", "sampler"), ("step_scale", "step factor"), ("step_size", "step"),
           ("batch", "batch"))


class Coefficients:
    """The group llc of a result; arrays are (point,) unless said."""

    def __init__(self, result: Result):
        self.result = result
        self.group = result.main

    def __len__(self):
        return len(self.at)

    def column(self, name):
        return self.group.values(name, POINT)

    @cached_property
    def at(self):
        return self.column("at").astype(str)

    @cached_property
    def phase(self):
        return self.group.labels("phase", POINT)

    @cached_property
    def verdict(self):
        return self.group.labels("verdict", POINT)

    @cached_property
    def lambda_hat(self):
        return self.column("lambda_hat")

    @cached_property
    def mcse(self):
        return self.column("mcse")

    @cached_property
    def of_records(self):
        """Whether a point is the record of a trajectory."""
        return (self.column("trajectory") >= 0) & (self.column("cell") >= 0)

    @cached_property
    def measured(self):
        return np.isfinite(self.lambda_hat) & np.isfinite(self.mcse)

    @cached_property
    def trusted(self):
        return self.measured & np.isin(self.verdict, TRUSTED)

    def setting_words(self, name):
        """A setting as (point,) values, words where they are codes."""
        return self.group.labels(name, POINT) if name in ("sampler", "dataset") else self.column(name)

    @cached_property
    def varied(self):
        """The settings that differ between points (names of SETTINGS); step sizes, which each point
        has its own of, count where nothing else tells points apart."""
        names = [name for name, _ in SETTINGS if name != "step_size" and
                 len(set(self.setting_words(name).tolist())) > 1]
        points = np.nonzero(~self.of_records)[0]
        others = [self.at, *(self.setting_words(name) for name in names)]
        if len({tuple(column[i] for column in others) for i in points}) < len(points):
            names.append("step_size")
        return names

    def settings_of(self, point, settings):
        words = dict(SETTINGS)
        values = [(words[name], self.setting_words(name)[point]) for name in settings]
        return [f"{name} {value:,.4g}" if not isinstance(value, str) else value
                for name, value in values]

    def point_name(self, point, settings=None):
        parts = [self.at[point]] if not self.of_records[point] else [
            f"record {self.column('record')[point]} of trajectory "
            f"{self.column('trajectory')[point]} ({self.phase[point]})"]
        return ", ".join(parts + self.settings_of(point,
                                                  self.varied if settings is None else settings))

    def alike(self, points):
        """`points` in groups (words, indices) of the same settings, in the order of the first of each."""
        settings = [name for name in self.varied if name != "step_size"]
        codes = np.zeros(len(points), dtype=np.int64)
        for name in settings:
            values, code = np.unique(self.setting_words(name)[points], return_inverse=True)
            codes = codes * len(values) + code
        _, first = np.unique(codes, return_index=True)
        return [(", ".join(self.settings_of(points[one], settings)), points[codes == codes[one]])
                for one in np.sort(first)]

    @cached_property
    def along(self):
        """(words, indices) of the points that stand for their records: where these were measured with
        several settings, those with the most estimates to trust."""
        groups = self.alike(np.nonzero(self.of_records)[0])
        return max(groups, key=lambda group: self.trusted[group[1]].sum(), default=("", np.array([], int)))

    def belongs_to(self, trajectories):
        """Whether its points of records are records of that train result: the steps must be those,
        and so must the parameters of the first one."""
        chosen = np.nonzero(self.of_records)[0]
        if not chosen.size:
            return False
        cells, records = self.column("cell")[chosen], self.column("record")[chosen]
        members = self.column("trajectory")[chosen]
        shape = trajectories.steps.shape
        if cells.max() >= shape[0] or records.max() >= shape[1] or (
                members.max() >= trajectories.shape[1]):
            return False
        if not np.array_equal(trajectories.steps[cells, records], self.column("step")[chosen]):
            return False
        if not trajectories.has_parameters:
            return False  # llc reads parameters: its points are of another file
        W, _ = trajectories.parameters(cells[0], members[0])
        mine = self.group.values("W", ("point", "hidden", "feature"), {"point": int(chosen[0])})
        return np.allclose(W[records[0]], mine, atol=1e-6)

    @cached_property
    def by_record(self):
        """{(cell, trajectory): (records, lambda-hat, mcse, trusted)}, sorted by record, of the points
        `along`."""
        chosen = self.along[1]
        keys = np.stack([self.column("cell")[chosen], self.column("trajectory")[chosen],
                         self.column("record")[chosen]], axis=1)
        if not len(keys):
            return {}
        unique, first = np.unique(keys, axis=0, return_index=True)
        points = chosen[first]
        starts = np.nonzero(np.any(np.diff(unique[:, :2], axis=0), axis=1))[0] + 1
        found = {}
        for part in np.split(np.arange(len(points)), starts):
            rows = points[part]
            found[tuple(unique[part[0], :2].tolist())] = (
                unique[part, 2], self.lambda_hat[rows], self.mcse[rows], self.trusted[rows])
        return found
