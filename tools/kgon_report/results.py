"""Result files of kgon: opened, recognised, and read variable by variable with checks."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from . import child

STAGES = {"train": "sgd", "llc": "llc", "sample": "sample"}  # stage: its group


class UnusableFile(Exception):
    """A file that is damaged, foreign, or lacks what a result has; the text is a whole sentence."""


@dataclass
class Group:
    """One group of a result."""

    path: Path
    name: str
    data: xr.Dataset = field(repr=False)

    def has(self, variable):
        return variable in self.data.variables

    def values(self, variable, dimensions, index=None):
        """The variable's array, whose dimensions must be these; `index` selects along them by name."""
        if variable not in self.data.variables:
            raise UnusableFile(f"{self.path}: group {self.name} has no variable {variable}; "
                               "is it a result of another version of kgon?")
        found = self.data[variable]
        if found.dims != tuple(dimensions):
            raise UnusableFile(f"{self.path}: {self.name}/{variable} has the dimensions "
                               f"({', '.join(found.dims)}), not ({', '.join(dimensions)})")
        try:
            values = (found.isel(index) if index else found).values
        except (OSError, RuntimeError, ValueError) as error:
            raise UnusableFile(f"{self.path}: {self.name}/{variable} cannot be read ({error}); "
                               "the file is damaged") from error
        return _plain_array(values) if values.dtype.kind in "OUS" else values

    def names(self, variable):
        """What the codes of a flag variable mean: {code: name}."""
        attributes = self.data[variable].attrs if variable in self.data.variables else {}
        try:
            codes = np.atleast_1d(attributes["flag_values"]).tolist()
            meanings = attributes["flag_meanings"].split()
        except (KeyError, AttributeError) as error:
            raise UnusableFile(f"{self.path}: {self.name}/{variable} does not say what its codes "
                               "mean (flag_values, flag_meanings)") from error
        if len(codes) != len(meanings):
            raise UnusableFile(f"{self.path}: {self.name}/{variable} has {len(codes)} flag_values "
                               f"and {len(meanings)} flag_meanings")
        return dict(zip(codes, map(plain, meanings)))

    def labels(self, variable, dimensions, index=None):
        """A flag variable as an array of names; "?" for a code without one."""
        names = self.names(variable)
        codes = self.values(variable, dimensions, index)
        unique, inverse = np.unique(codes, return_inverse=True)
        words = np.array([names.get(code, "?") for code in unique.tolist()], dtype=object)
        return words[inverse].reshape(codes.shape)


@dataclass
class Result:
    """A result file of kgon: its stage, the attributes of its root, its groups."""

    path: Path
    stage: str
    attributes: dict
    groups: dict

    @property
    def main(self):
        return self.groups[STAGES[self.stage]]

    def attribute(self, name, default=None):
        return self.attributes.get(name, default)

    @property
    def shape(self):
        """(hidden, features) of the model."""
        try:
            return int(self.attribute("hidden", 0)), int(self.attribute("features", 0))
        except (TypeError, ValueError) as error:
            raise UnusableFile(f"{self.path}: its attributes hidden and features are no numbers"
                               ) from error


def plain(text):
    """A string of a file without what Plotly or the page would take for markup or a template."""
    return (str(text).replace("<", "‹").replace(">", "›").replace("@{", "@ {")
            .replace("%{", "% {"))


def _plain_array(values):
    return np.array([plain(value) for value in values.ravel()], dtype=object).reshape(values.shape)


def _root(path):
    """The attributes of the root and the names of the groups."""
    if not path.exists():
        raise UnusableFile(f"{path}: no such file")
    child.note(path)
    try:
        with netCDF4.Dataset(path) as file:
            return {name: file.getncattr(name) for name in file.ncattrs()}, list(file.groups)
    except (OSError, RuntimeError, AttributeError, UnicodeDecodeError) as error:
        raise UnusableFile(f"{path}: cannot be read as NetCDF-4 ({error}); it is truncated, damaged "
                           "or of another kind") from error


def _group(path, name):
    child.note(path)
    try:
        return Group(path, name, xr.open_dataset(path, group=name, engine="netcdf4",
                                                 decode_times=False))
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise UnusableFile(f"{path}: group {name} cannot be read ({error})") from error


def open_result(path):
    """The result in a file. UnusableFile where it is none that kgon train, llc or sample wrote."""
    path = Path(path)
    attributes, names = _root(path)
    if "kgon_version" not in attributes:
        raise UnusableFile(f"{path}: no result of kgon (it has no attribute kgon_version); give "
                           "files that kgon train, llc, sample or run wrote")
    stages = [stage for stage, group in STAGES.items() if group in names]
    if len(stages) != 1:
        raise UnusableFile(f"{path}: no result of kgon train, llc or sample (its groups: "
                           f"{', '.join(names) or 'none'})")
    return Result(path, stages[0], attributes, {name: _group(path, name) for name in names})


def result_paths(arguments):
    """The files that are meant: a directory stands for the .nc files in it."""
    paths = []
    for argument in map(Path, arguments):
        if not argument.is_dir():
            paths.append(argument)
            continue
        inside = sorted(argument.glob("*.nc"))
        if not inside:
            raise UnusableFile(f"{argument}: no .nc file in this directory")
        paths += inside
    return list(dict.fromkeys(paths))


@contextmanager
def values_of(result):
    """Names the file in errors that values make which no result of kgon has."""
    child.note(result.path)
    try:
        yield
    except UnusableFile:
        raise
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UnusableFile(f"{result.path}: its values are not those of a result of kgon "
                           f"({type(error).__name__}: {error})") from error
