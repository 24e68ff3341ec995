"""What tools/report does: reads results, builds sections, writes the page and the figures."""

import os
import sys
import time
import warnings
from pathlib import Path

from . import (calibration, child, embedding, free_energy, lambda_table, levels, missing, occupancy,
               page, plateaus, stages, static_figures, summary, sweeps, traces, transitions)
from .catalogue import critical_points
from .coefficients import Coefficients
from .posteriors import Posteriors
from .results import UnusableFile, open_result, result_paths, values_of
from .trajectories import Trajectories

UNUSABLE = 65
CANNOT_WRITE = 70


class Progress:
    """One line on a terminal, nothing elsewhere."""

    def __init__(self, quiet):
        self.shown = not quiet and sys.stderr.isatty()
        self.start = time.monotonic()

    def __call__(self, words):
        if self.shown:
            sys.stderr.write(f"\r\033[K{time.monotonic() - self.start:5.1f} s  {words}")
            sys.stderr.flush()

    def end(self):
        if self.shown:
            sys.stderr.write("\r\033[K")


def read(paths, progress):
    """(trains, llcs, samples, results): trains are (Trajectories, its Coefficients or None)."""
    results = []
    for path in paths:
        progress(f"reading {path.name}")
        results.append(open_result(path))
    kinds = {"train": (Trajectories, []), "llc": (Coefficients, []), "sample": (Posteriors, [])}
    for result in results:
        make, made = kinds[result.stage]
        with values_of(result):
            made.append(make(result))
    trains, llcs, samples = (made for _, made in kinds.values())
    paired = []
    for one in trains:
        with values_of(one.result):
            paired.append((one, next((llc for llc in llcs if llc.belongs_to(one)), None)))
    return paired, llcs, samples, results


def catalogues_of(results):
    """{(hidden, features): the critical points}, where a result carries them."""
    found = {}
    for result in results:
        if result.shape not in found:
            with values_of(result):
                points = critical_points(result)
            if points:
                found[result.shape] = points
    return found


def build(trains, llcs, samples, results, progress, draws_at=None):
    """The sections that have data; draws_at: sizes n of the map of draws."""
    catalogues = catalogues_of(results)
    made = []

    def add(words, result, make, *arguments):
        progress(words)
        with values_of(result):
            section = make(*arguments)
        if section is None:
            return
        if len([other for other in results if other.stage == result.stage]) > 1:
            section.title += f": {result.path.name}"
        made.append(section)

    for trajectories, coefficients in trains:
        result = trajectories.result
        points = catalogues.get(result.shape, [])
        estimates = [one for one in llcs if one.result.shape == result.shape]
        add("stages", result, stages.section, trajectories, coefficients, points)
        add("plateaus", result, plateaus.section, trajectories, points)
        add("transitions", result, transitions.section, trajectories, coefficients, estimates, points)
        add("sweeps", result, sweeps.section, trajectories)
    for (_, features), points in catalogues.items():
        section = levels.section(points)
        section.title += f", {features} features" if len(catalogues) > 1 else ""
        made.insert(min(1, len(made)), section)
    for coefficients in llcs:
        result = coefficients.result
        add("local learning coefficients", result, lambda_table.section, coefficients)
        add("calibration", result, calibration.section, coefficients)
        add("chains", result, traces.section, coefficients)
    for posteriors in samples:
        result = posteriors.result
        add("occupancy", result, occupancy.section, posteriors)
        add("free energy", result, free_energy.section, posteriors)
        add("t-SNE of draws", result, embedding.section, posteriors, draws_at)
    return made


def words(trains, llcs, samples, results):
    """The sentences of the first section."""
    found = {"run": [], "found": [], "distrust": [], "files": []}
    told = ([(summary.of_train, one) for one, _ in trains] + [(summary.of_llc, one) for one in llcs] +
            [(summary.of_sample, one) for one in samples])
    for tell, one in told:
        with values_of(one.result):
            for name, sentences in zip(found, tell(one)):
                found[name] += sentences
    for result in results:
        with values_of(result):
            found["files"].append((result.path.name, summary.identity(result),
                                   result.attribute("study", "")))
    return found


def write_page(path, text):
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    os.replace(part, path)


def main(given):
    """The exit code; given: what arguments.parse returns."""
    progress = Progress(given.quiet)
    warnings.filterwarnings("ignore", module="xarray|sklearn")
    first = Path(given.results[0])
    output = given.output or (first / "report.html" if first.is_dir() else Path("report.html"))
    try:
        paths = result_paths(given.results)
        everything = read(paths, progress)
        sections = build(*everything, progress, given.draws_at)
        trains, llcs, samples, results = everything
        progress("writing the page")
        title = given.title or "kgon: " + ", ".join(path.name for path in paths[:4]) + (
            f" and {len(paths) - 4} more" if len(paths) > 4 else "")
        text = page.render(title, words(*everything), sections, missing.hints(trains, llcs, samples))
        write_page(output, text)
        if given.figures:
            child.lift_memory_limit()
            count = static_figures.write(sections, given.figures, progress)
    except UnusableFile as error:
        progress.end()
        print(f"tools/report: {error}", file=sys.stderr)
        return UNUSABLE
    except (OSError, RuntimeError) as error:
        progress.end()
        print(f"tools/report: {error}", file=sys.stderr)
        return CANNOT_WRITE
    progress.end()
    size = len(text.encode()) / 1e6
    print(f"report {output} ({size:.1f} MB, {len(sections)} sections, "
          f"{time.monotonic() - progress.start:.0f} s)")
    if given.figures:
        print(f"figures {given.figures} ({count} as SVG and PNG)")
    return 0
