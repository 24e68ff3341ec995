"""What figures show is what the files say."""
import json
from collections import Counter

import netCDF4
import numpy as np
import plotly.graph_objects as graph_objects
import pytest
from conftest import run_kgon, same

from kgon_report import (calibration, embedding, free_energy, labels, lambda_table, levels,
                         occupancy, plateaus, spec, stages, static_figures, sweeps, traces,
                         transitions)
from kgon_report.catalogue import critical_points
from kgon_report.coefficients import Coefficients
from kgon_report.results import open_result


@pytest.fixture(scope="session")
def summary(study):
    return json.loads((study / "summary.json").read_text())


@pytest.fixture(scope="session")
def points(train):
    return critical_points(train.result)


def raw(path, group, name):
    with netCDF4.Dataset(path) as file:
        return np.ma.getdata(file[group][name][...])


def test_every_figure_is_one_that_plotly_knows(train, llc, grid, sample, points):
    """plotly refuses attributes that it does not have."""
    sections = [stages.section(train, llc, points), plateaus.section(train, points),
                transitions.section(train, llc, [llc], points), sweeps.section(train),
                levels.section(points), lambda_table.section(llc), calibration.section(grid),
                traces.section(grid), occupancy.section(sample), free_energy.section(sample),
                embedding.section(sample)]
    figures = [figure for section in sections for figure in section.figures]
    assert len(figures) >= 14
    for figure in figures:
        for variant in figure.variants:
            static_figures.plotly_figure(variant)
            if variant.narrow:
                graph_objects.Figure(spec.resolved(variant.narrow, labels.LIGHT))


def test_lines_are_the_losses_of_the_file(study, train, points):
    made = plateaus.figure(train, points)
    loss = raw(study / "train.nc", "sgd", "population_loss")
    step, records = raw(study / "train.nc", "sgd", "step"), raw(study / "train.nc", "sgd", "records")
    lines = [trace for trace in made.variants[0].data if trace.get("mode") == "lines"
             and "level" not in trace["name"]]
    count = 0
    drawn = Counter()
    for trace in lines:
        parts = np.split(trace["y"], np.nonzero(np.isnan(trace["y"]))[0])
        for part in parts[:-1]:
            drawn[tuple(part[~np.isnan(part)])] += 1
            count += 1
    expected = Counter(tuple(loss[cell, member, :records[cell]].astype(np.float32))
                       for cell, member in np.ndindex(loss.shape[:2]) if train.finished[cell, member])
    assert drawn == expected and count == train.finished.sum()
    same(lines[0]["x"][:records[0]], np.maximum(step[0, :records[0]], 1).astype(np.float32))


def test_density_counts_every_trajectory_once_in_a_column(train):
    step = np.array([0, 1, 10, 100])
    loss = np.array([[1.0, 1.0, 0.1, 0.1], [1.0, 1.0, 1.0, 1.0], [0.1, 0.1, 0.1, 0.1]])
    edges = np.linspace(0, 2, 5), np.linspace(-1.5, 0.5, 9)
    counts = plateaus._counts(step, loss, edges)
    assert counts[:, 0].sum() == 3  # one bin each while they rest
    rows = np.digitize(np.log10([1.0, 0.1]), edges[1]) - 1
    assert counts[rows[0], -1] == 1 and counts[rows[1], -1] == 2
    # The drop passes all bins between.
    falling = np.nonzero(counts.sum(axis=0) > 3)[0]
    assert len(falling) == 1 and (counts[rows[1]:rows[0] + 1, falling[0]] >= 1).all()


def test_final_phases_are_those_of_the_summary(train, summary, points):
    for cell, expected in enumerate(summary["train"]["cells"]):
        counted = Counter(train.final_phase[cell][train.finished[cell]].tolist())
        assert dict(counted) == expected["final_phases"]
    rows = dict((row[0], int(row[1].replace(",", "")))
                for row in plateaus.figure(train, points).table[1])
    total = Counter()
    for cell in summary["train"]["cells"]:
        total.update(cell["final_phases"])
    assert rows == dict(total)


def test_transitions_are_those_of_the_summary(train, summary):
    expected, first = Counter(), {}
    for cell in summary["train"]["cells"]:
        for edge in cell["transitions"]:
            ends = edge["from"], edge["to"]
            expected[ends] += edge["count"]
            members, mean = first.get(ends, (0, 0.0))
            total = members + edge["members"]
            first[ends] = total, (members * mean + edge["members"] * edge["step_mean"]) / total
    found = {(edge.source, edge.target): edge for edge in train.transitions}
    assert expected and {ends: edge.count for ends, edge in found.items()} == dict(expected)
    for ends, edge in found.items():
        assert edge.first_steps.mean() == pytest.approx(first[ends][1])
        assert len(edge.first_steps) == first[ends][0]


def test_graph_has_an_edge_for_every_transition(train, llc, points):
    made = transitions.graph(train, llc, [llc], points)
    lines = [trace for trace in made.variants[0].data if trace["mode"] == "lines" and "text" in trace]
    drawable = [edge for edge in train.transitions if edge.source != "other" != edge.target]
    assert len(lines) == min(len(drawable), transitions.EDGES) == len(made.table[1])
    nodes = made.variants[0].data[-1]
    for text, x, y in zip(nodes["text"], nodes["x"], nodes["y"]):
        label = text.strip()
        assert y == pytest.approx(next(point.loss for point in points if point.label == label))
        of_trajectory = {}
        for i in np.nonzero(llc.of_records & llc.trusted & (llc.phase == label))[0]:
            index = llc.column("cell")[i], llc.column("trajectory")[i]
            if train.on_plateau[index][llc.column("record")[i]]:
                of_trajectory.setdefault(index, []).append(llc.lambda_hat[i])
        means = [np.mean(values) for values in of_trajectory.values()]
        if len(means) > 1:
            assert x == pytest.approx(np.mean(means))


def test_numbers_known_in_different_ways_are_not_compared():
    place = transitions.Place
    measured = place(0.07, 6.2, 0.01, "", ("label", 1000, 145.0, 100.0))
    theory = place(0.06, 7.0, 0.0, "", ("theory",))
    below = place(0.05, 6.5, 0.01, "", ("label", 1000, 145.0, 100.0))
    lower = place(0.05, 6.0, 0.01, "", ("label", 1000, 145.0, 100.0))
    # 7 of the theory above 6.5 at gamma = 100 is no fall.
    assert not transitions._violates(theory, below)
    assert np.isnan(transitions._rise(theory, below))
    assert transitions._rise(measured, below) == pytest.approx(0.3)
    assert not transitions._violates(measured, below)
    assert transitions._violates(measured, lower)
    assert transitions._violates(below, theory)  # the loss rises


def test_hypothesis_of_known_changes():
    change = transitions.Change
    assert change("4", "5", -.1, 1.0, .1).verdict == "obeys"
    assert change("4", "5", .1, 1.0, .1).verdict == "violates"
    assert change("4", "5", -.1, -1.0, .1).verdict == "violates"
    assert change("4", "5", -.1, .1, .1).verdict == "undecided"
    assert change("4", "5", -.1, np.nan, .1).verdict == "unmeasured"
    pair = [change("4", "4+", -.1, 1.0, .1), change("4+", "5", -.1, 4.0, .1)]
    found = transitions.slopes([pair, pair[::-1], pair[:1]])
    assert [(first > second) for first, second, _ in found] == [True, False]
    violating = change("4+", "5", .1, 4.0, .1)
    assert transitions.slopes([[pair[0], violating]]) == []


def test_changes_are_differences_of_plateau_means(study, train, llc):
    """Where a trajectory has records on two plateaus alone, computed from the file."""
    loss = raw(study / "train.nc", "sgd", "training_loss")
    checked = 0
    for index in map(tuple, np.argwhere(train.finished)):
        records = train.records[index[0]]
        on, phase = train.on_plateau[index][:records], train.phase[index][:records]
        seen = phase[on].tolist()
        labels_seen = list(dict.fromkeys(seen))
        if len(labels_seen) != 2 or seen != sorted(seen, key=labels_seen.index):
            continue
        where, _, _, trusted = llc.by_record.get(index, (np.array([], int), 0, 0, np.array([], bool)))
        means = []
        for label in labels_seen:
            mine = on & (phase == label)
            measured = np.isin(np.arange(records), where[trusted]) & mine
            means.append(loss[index][:records][measured if measured.any() else mine].mean())
        first, second = transitions._plateau_means(train, index, llc.by_record)
        assert (first[0], second[0]) == tuple(labels_seen)
        assert (first[1], second[1]) == pytest.approx(means)
        change = next(change for trajectory in transitions.changes(train, llc)
                      for change in trajectory
                      if change.loss == second[1] - first[1])
        assert (change.source, change.target) == tuple(labels_seen)
        checked += 1
    assert checked


def test_stages_are_records_of_the_file(study, train, llc, points):
    made = stages.section(train, llc, points).figures[0]
    W, b = raw(study / "train.nc", "sgd", "W"), raw(study / "train.nc", "sgd", "b")
    chosen = stages.chosen(train, llc)
    assert len(chosen) == len(made.payload["members"])
    for (cell, member, count), one in zip(chosen, made.payload["members"]):
        records = train.records[cell]
        same(one["W"], W[cell, member, :records].astype(np.float32).ravel())
        same(one["b"], b[cell, member, :records].astype(np.float32).ravel())
        same(one["step"], raw(study / "train.nc", "sgd", "step")[cell, :records])
        assert one["phase"] == train.phase[cell, member, :records].tolist()
        shared = sum(train.sequences[tuple(index)] == train.sequences[cell, member]
                     for index in np.argwhere(train.finished))
        assert shared == count and f"({count:,} of " in one["name"]
    names = [one["name"].split(" (")[0] for one in made.payload["members"]]
    assert "→" in names[0]  # a trajectory with a transition comes first


def test_lambda_along_the_trajectory_is_that_of_its_records(study, train, llc):
    assert llc.belongs_to(train)
    table = {name: raw(study / "llc.nc", "llc", name) for name in
             ("cell", "trajectory", "record", "lambda_hat")}
    checked = 0
    for (cell, member), (records, values, _, _) in llc.by_record.items():
        for record, value in zip(records, values):
            row = (table["cell"] == cell) & (table["trajectory"] == member) & (
                table["record"] == record)
            same(table["lambda_hat"][row][0], value)
            checked += 1
    assert checked == (table["trajectory"] >= 0).sum() > 20


def test_levels_are_the_catalogue(points):
    made = levels.figure(points)
    marks = made.variants[0].data[1]
    losses = dict(zip(made.variants[0].layout["yaxis"]["ticktext"], marks["x"]))
    assert len(losses) == 18
    assert losses["6"] == pytest.approx(0.04819, abs=1e-5)
    assert losses["5"] == pytest.approx(0.06874, abs=1e-5)
    assert losses["4++-"] == pytest.approx(0.15278, abs=1e-5)
    assert len(made.variants[0].layout["images"]) == 18


def test_occupancies_are_means_over_data_sets(study, sample):
    path = study / "sample.nc"
    n, sets = raw(path, "sample", "samples"), raw(path, "sample", "data_set")
    beta, value = raw(path, "sample", "beta"), raw(path, "sample", "occupancy")
    se = raw(path, "sample", "occupancy_se")
    made = occupancy.figure(sample)
    assert [variant.name for variant in made.variants][0] == "β = 1, data sets"
    for series, variant in zip(sample.series, made.variants):
        mine = (beta == series.beta) & ((sets < 0) == series.population)
        lines = [trace for trace in variant.data if trace.get("mode") == "lines+markers"]
        assert lines
        for trace in lines:
            phase = sample.phases.tolist().index(trace["name"])
            for at, y, error in zip(trace["x"], trace["y"], trace["customdata"]):
                here = value[mine & (n == at), phase]
                assert y == pytest.approx(here.mean())
                of_sampler = np.sqrt((se[mine & (n == at), phase] ** 2).sum()) / len(here)
                spread = here.std(ddof=1) / np.sqrt(len(here)) if len(here) > 1 else 0
                assert error == pytest.approx(max(spread, of_sampler))


def test_crossings_are_those_of_the_summary(sample, summary):
    for row in summary["sample"]["crossings"]:
        series = next(one for one in sample.series if one.beta == row["beta"] and
                      one.population == (row["dataset"] == "population"))
        found = [(one["from"], one["to"], one["n_measured"], one["se"])
                 for one in occupancy.crossings(sample, series)]
        if row["n_measured"] is not None:
            assert (row["from"], row["to"], pytest.approx(row["n_measured"]),
                    pytest.approx(row["se"])) in found


def test_free_energies_are_those_of_the_file(study, sample):
    made = free_energy.section(sample).figures[0]
    energy = raw(study / "sample.nc", "sample", "free_energy")
    formula = raw(study / "sample.nc", "sample", "theory_free_energy")
    for series, variant in zip(sample.series, made.variants):
        runs = sample.runs(series)
        for trace in variant.data:
            if trace["mode"] != "markers" or trace.get("yaxis") == "y2":
                continue
            phase = sample.phases.tolist().index(trace["name"])
            expected = energy[runs, phase]
            same(trace["y"], expected[np.isfinite(expected)])
        below = [trace for trace in variant.data if trace.get("yaxis") == "y2" and
                 trace["mode"] == "markers"]
        assert below
        for trace in below:
            phase = sample.phases.tolist().index(trace["name"])
            difference = (energy - formula)[runs, phase]
            same(np.sort(trace["y"]), np.sort(difference[np.isfinite(difference)]))


def test_fitted_constants_are_those_of_the_summary(sample, summary):
    for row in summary["sample"]["constants"]:
        series = next(one for one in sample.series if one.beta == row["beta"] and
                      one.population == (row["dataset"] == "population"))
        found = free_energy.fits(sample, series)[row["phase"]]
        assert found["constant"] == pytest.approx(row["constant"])
        assert found["slope"] == pytest.approx(row["slope"])


def test_theory_probabilities_add_up(sample):
    values = sample.optional("theory_occupancy", "theory")
    assert values is not None
    total = np.nansum(values, axis=1)
    assert (total <= 1 + 1e-9).all() and total.max() > 0.9


def test_estimates_are_those_of_the_file(study, llc):
    section = lambda_table.section(llc)
    by_name = {figure.identifier: figure for figure in section.figures}
    value, verdict = raw(study / "llc.nc", "llc", "lambda_hat"), llc.verdict
    drawn = [x for trace in by_name["lambda"].variants[0].data if trace["name"] not in (
        "theory", "Gaussian well (Hessian)") for x in trace["x"]]
    labelled = raw(study / "llc.nc", "llc", "trajectory") < 0
    assert sorted(drawn) == sorted(value[labelled])
    # Labels are measured on other data sets than records are.
    assert len(by_name["lambda-by-phase"].variants) == 2
    columns, rows = by_name["lambda-by-phase"].table
    samples = raw(study / "llc.nc", "llc", "samples")
    for row in rows:
        given = dict(zip(columns, row))
        n, = (n for n in set(samples.tolist()) if f"n {n:,}," in given["settings"])
        here = (llc.phase == given["phase"]) & (samples == n)
        assert int(given["points"].replace(",", "")) == here.sum()
        ok = here & (verdict == "ok")
        assert given["50 %"] == (f"{np.median(value[ok]):.2f}" if ok.any() else "")
        assert given["ok"] == (f"{ok.sum():,}" if ok.any() else "")
        for name in set(verdict.tolist()):
            count = given[name.replace("_", " ")]
            assert int(count.replace(",", "") or 0) == (here & (verdict == name)).sum()


def test_records_measured_twice_are_shown_with_the_setting_that_holds(study, tmp_path):
    run_kgon("llc", "--at", study / "train.nc", "--at-records", "final", "--gamma", "0,1000", "--chains",
             4, "--draws", 200, "--burn-in", 100, "--sampler", "hmc", "-o", tmp_path / "llc.nc")
    found = Coefficients(open_result(tmp_path / "llc.nc"))
    groups = dict(found.alike(np.arange(len(found))))
    gamma = raw(tmp_path / "llc.nc", "llc", "gamma")
    assert {words: set(gamma[points]) for words, points in groups.items()} == {
        "γ 0": {0.0}, "γ 1,000": {1000.0}}
    words, points = found.along
    trusted = [found.trusted[of].sum() for of in groups.values()]
    assert trusted[0] < trusted[1] and words == "γ 1,000"
    table = {name: raw(tmp_path / "llc.nc", "llc", name) for name in ("cell", "trajectory", "record")}
    measured = {(table["cell"][i], table["trajectory"][i]): found.lambda_hat[i] for i in points}
    assert {index: values[0] for index, (_, values, _, _) in found.by_record.items()} == pytest.approx(
        measured, nan_ok=True)


def test_heat_maps_have_the_cells_of_the_grid(study, grid):
    made = calibration.section(grid).figures[0]
    found = [z for variant in made.variants for z in variant.data[0]["z"].ravel()]
    value = raw(study / "grid.nc", "llc", "lambda_hat")
    same(np.sort(found), np.sort(value.astype(np.float32)))
    stars = sum(sign == "★" for variant in made.variants for sign in variant.data[1]["text"])
    assert stars == raw(study / "grid.nc", "llc", "recommended").sum()


def test_traces_are_the_losses_of_the_draws(study, grid):
    made = traces.section(grid)
    kept = raw(study / "grid.nc", "llc", "draw_loss").astype(np.float32)
    chain = made.figures[0].variants[0].data[0]
    assert np.array_equal(chain["y"], kept[0, 0, :len(chain["y"])])


def test_ranks_are_even_where_chains_are_alike_and_not_where_one_is_apart():
    generator = np.random.default_rng(1)
    draws = generator.normal(size=(4, 1000))
    even = traces.ranks(draws)
    assert even.min() > 0 and even.max() < 1 and abs(even.mean(axis=1) - .5).max() < .05
    draws[0] += 10
    assert traces.ranks(draws)[0].min() >= .75


def test_fractions_of_the_sweep(train, summary):
    made = sweeps.section(train).figures[0]
    for form in (made.variants[0].data, made.variants[0].narrow["data"]):
        shown = Counter()
        for trace in form:
            for part, count in zip(trace["x"], trace["customdata"]):
                shown[trace["name"]] += count
                assert part == pytest.approx(count / 12)
        expected = Counter()
        for cell in summary["train"]["cells"]:
            expected.update(cell["final_phases"])
        assert +shown == expected


def test_a_sweep_names_what_differs(train):
    assert train.swept == ["init", "lr"]
    assert train.cell_name(0) == "start 4, lr 0.005"


def test_step_sizes_tell_points_apart(study, tmp_path):
    from conftest import run_kgon
    path = tmp_path / "steps.nc"
    run_kgon("llc", "--at", "6", "--step-size", "1e-5,1e-4", "--gamma", "1,10,100", "--chains", "2",
             "--draws", "20", "--burn-in", "5", "-o", path)
    found = Coefficients(open_result(path))
    assert len({found.point_name(i) for i in range(len(found))}) == 6
    (name, axes, points), = calibration.grids(found)
    assert axes == ("step", "gamma") and len(points) == 6
    assert calibration.section(found).figures[0].variants[0].data[0]["z"].shape == (3, 2)


def test_an_island_counts_as_it_weighs():
    picked = embedding.resampled(np.array([8.0, 1, 1, 0]), 100, np.random.default_rng(1))
    np.testing.assert_array_equal(np.bincount(picked, minlength=4), [80, 10, 10, 0])
