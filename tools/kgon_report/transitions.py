"""Transitions between plateaus: the graph of phases, and whether the loss falls while lambda rises."""

from dataclasses import dataclass

import numpy as np

from . import labels, spec
from .catalogue import level, theory

EDGES = 24  # of the graph, the most frequent
ROWS = 60  # of its table


@dataclass
class Place:
    """Where a phase stands in the graph."""

    loss: float
    coefficient: float
    error: float  # standard error of the mean over points, 0 for a number of the theory
    source: str  # how the coefficient is known


@dataclass
class Change:
    """A transition of one trajectory: what it did to loss and lambda-hat (NaN: not measured)."""

    source: str
    target: str
    loss: float
    coefficient: float
    error: float

    @property
    def verdict(self):
        """The Bayesian antecedent hypothesis: L falls, lambda-hat rises (by two standard errors)."""
        if not np.isfinite(self.coefficient):
            return "unmeasured"
        if self.loss > 0 or self.coefficient < -2 * self.error:
            return "violates"
        return "obeys" if self.coefficient > 2 * self.error else "undecided"


def places(trajectories, estimates, points):
    """{label: Place} of the phases on whose plateaus trajectories were."""
    known, found = theory(points), {}
    here = trajectories.on_plateau & trajectories.finished[..., None]
    for label in sorted(set(trajectories.phase[here].tolist()), key=labels.order):
        loss = level(points, label)
        if not np.isfinite(loss):
            loss = float(trajectories.population_loss[here & (trajectories.phase == label)].mean())
        values = [estimate.lambda_hat[(estimate.phase == label) & estimate.trusted]
                  for estimate in estimates]
        values = np.concatenate(values) if values else np.array([])
        if values.size:
            error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else 0.0
            found[label] = Place(loss, float(values.mean()), float(error),
                                 f"λ̂, mean of {values.size:,} points")
        elif label in known:
            found[label] = Place(loss, known[label], 0.0, "λ of the theory")
        else:
            found[label] = Place(loss, float("nan"), 0.0, "no λ̂ and no λ")
    return found


def _plateau_means(trajectories, index, measured):
    """(label, loss, lambda-hat, its error) of every run of records on one plateau; losses are those
    on the trajectory's own data, on which lambda-hat is measured."""
    cell, number = index
    count = trajectories.records[cell]
    phase, on = trajectories.phase[index][:count], trajectories.on_plateau[index][:count]
    value, error = np.full((2, count), np.nan)
    if index in measured:
        where, estimate, mcse, trusted = measured[index]
        value[where[trusted]], error[where[trusted]] = estimate[trusted], mcse[trusted]
    runs, loss = [], trajectories.training_loss[index][:count]
    for i in np.nonzero(on)[0]:
        if runs and runs[-1][0] == phase[i]:
            runs[-1][1].append(i)
        else:
            runs.append((phase[i], [i]))
    for label, records in runs:
        used = [i for i in records if np.isfinite(value[i])]
        yield (label, float(loss[used or records].mean()),
               float(value[used].mean()) if used else float("nan"),
               float(np.sqrt((error[used] ** 2).sum()) / max(1, len(used))))


def changes(trajectories, coefficients):
    """Per trajectory the list of its Changes, where it made any between recorded plateaus."""
    measured = coefficients.by_record if coefficients is not None else {}
    found = []
    for index in zip(*(axis.tolist() for axis in np.nonzero(trajectories.finished))):
        if len(trajectories.sequences[index]) < 2:
            continue
        means = list(_plateau_means(trajectories, index, measured))
        if len(means) > 1:
            found.append([Change(before[0], after[0], after[1] - before[1], after[2] - before[2],
                                 float(np.hypot(before[3], after[3])))
                          for before, after in zip(means, means[1:])])
    return found


def _arc(start, end, bend=0.12):
    """A curved line from place to place, in the units of a plot of unit size."""
    t = np.linspace(0, 1, 24)
    direction = end - start
    bow = np.array([-direction[1], direction[0]]) * bend
    return start + np.outer(t, direction) + np.outer(4 * t * (1 - t), bow)


def graph(trajectories, estimates, points):
    """The graph of phases; None without transitions."""
    placed = places(trajectories, estimates, points)
    edges = [edge for edge in trajectories.transitions
             if edge.source in placed and edge.target in placed]
    if not edges:
        return None
    xs, unknown = _across(placed)
    ys = np.array([place.loss for place in placed.values()])
    where = {label: np.array([x, y]) for label, x, y in zip(placed, xs, ys)}
    low = np.array([xs.min(), ys.min()])
    size = np.maximum(np.array([xs.max(), ys.max()]) - low, [0.5, 0.005])
    most = max(edge.count for edge in edges)
    data, notes = [], []
    for number, edge in enumerate(edges[:EDGES], 1):
        ends = [(where[end] - low) / size for end in (edge.source, edge.target)]
        path = _arc(*ends) * size + low
        width = 1.5 + 5 * np.log1p(edge.count) / np.log1p(most)
        words = (f"{number}: {edge.source} → {edge.target}<br>{edge.count:,} times, "
                 f"first at step {edge.first_steps.mean():,.0f} in the mean")
        data.append({"type": "scatter", "mode": "lines", "x": path[:, 0], "y": path[:, 1],
                     "showlegend": False, "text": [words] * len(path),
                     "hovertemplate": "%{text}<extra></extra>",
                     "line": {"color": labels.colour(edge.source, 0.75), "width": width}})
        notes.append({"x": path[15, 0], "y": path[15, 1], "ax": path[13, 0], "ay": path[13, 1],
                      "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
                      "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 2,
                      "arrowcolor": labels.colour(edge.source)})
    data.append({
        "type": "scatter", "mode": "markers+text", "x": xs, "y": ys, "showlegend": False,
        "text": list(placed), "textposition": "bottom left", "cliponaxis": False,
        "error_x": {"type": "data", "color": labels.token("muted"), "thickness": 1.5,
                    "array": np.array([place.error or np.nan for place in placed.values()])},
        "textfont": {"size": 15, "color": labels.token("ink")},
        "customdata": [f"{name}: loss {place.loss:.5f}, {_number(place.coefficient)}"
                       f"{place.source}" for name, place in placed.items()],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"size": 15, "color": [labels.colour(name) for name in placed],
                   "symbol": [labels.symbol(name) + ("-open" if name in unknown else "")
                              for name in placed], "line": {"width": 2}}})
    margin = size * 0.14
    if unknown and len(unknown) < len(placed):
        beside = min(x for name, x in zip(placed, xs) if name not in unknown)
        data.insert(0, {"type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip",
                        "x": [(where[unknown[0]][0] + beside) / 2] * 2,
                        "y": [low[1] - margin[1], low[1] + size[1] + margin[1]],
                        "line": {"color": labels.token("muted"), "dash": "dot", "width": 1}})
    if unknown:
        notes.append({"text": "λ unknown", "x": where[unknown[0]][0], "y": 1, "yref": "paper",
                      "showarrow": False, "yanchor": "bottom", "font": {"size": 13}})
    layout = spec.layout(
        460, spec.axis("λ̂ (λ of the theory where there is no estimate)",
                       range=[low[0] - margin[0], low[0] + size[0] + margin[0]]),
        spec.axis("population loss", range=[low[1] - margin[1], low[1] + size[1] + margin[1]]),
        annotations=notes)
    rows = [(number, f"{edge.source} → {edge.target}", f"{edge.count:,}",
             f"{edge.first_steps.mean():,.0f}", f"{int(np.median(edge.first_steps)):,}",
             f"{placed[edge.target].loss - placed[edge.source].loss:+.5f}",
             _signed(placed[edge.target].coefficient - placed[edge.source].coefficient))
            for number, edge in enumerate(edges[:ROWS], 1)]
    caption = ("Every transition between plateaus: the wider, the more often. " + "; ".join(
        f"{name}: {place.source}" for name, place in placed.items()) + ".")
    return spec.Figure("transition-graph", "Transitions between phases", caption,
                       [spec.Variant("", data, layout)],
                       table=(("", "transition", "times", "mean first step", "median", "ΔL", "Δλ̂"),
                              rows))


def _across(placed):
    """Where phases stand along lambda, those without a number left of all others; and who they are."""
    known = [place.coefficient for place in placed.values() if np.isfinite(place.coefficient)]
    left = min(known) - max(0.25 * (max(known) - min(known)), 0.5) if known else 0.0
    xs = np.array([place.coefficient if np.isfinite(place.coefficient) else left
                   for place in placed.values()])
    return xs, [name for name, place in placed.items() if not np.isfinite(place.coefficient)]


def _number(value):
    return f"{value:.2f}, " if np.isfinite(value) else ""


def _signed(value):
    return f"{value:+.2f}" if np.isfinite(value) else "unknown"


def hypothesis(found):
    """The changes of single trajectories in the plane of loss and lambda-hat, and the slopes of
    consecutive ones; None where nothing was measured."""
    every = [change for trajectory in found for change in trajectory]
    known = [change for change in every if change.verdict != "unmeasured"]
    if not known:
        return None
    looks = {"obeys": ("circle", "positive"), "undecided": ("circle-open", "other"),
             "violates": ("x", "negative")}
    data = []
    for verdict, (symbol, name) in looks.items():
        mine = [change for change in known if change.verdict == verdict]
        data.append({"type": "scatter", "mode": "markers",
                     "x": np.array([change.coefficient for change in mine]),
                     "y": np.array([change.loss for change in mine]),
                     "error_x": {"type": "data", "thickness": 1, "width": 0,
                                 "color": labels.token(name, 0.5),
                                 "array": np.array([change.error for change in mine])},
                     "text": [f"{change.source} → {change.target}" for change in mine],
                     "hovertemplate": "%{text}<br>Δλ̂ %{x:.2f}, ΔL %{y:.5f}<extra></extra>",
                     "name": f"{verdict}: {len(mine)}",
                     "marker": {"symbol": symbol, "size": 9, "color": labels.token(name)}})
    layout = spec.layout(420, spec.axis("Δλ̂ of a transition", zeroline=True,
                                        zerolinecolor=labels.token("muted")),
                         spec.axis("ΔL", zeroline=True, zerolinecolor=labels.token("muted")))
    return spec.Figure("loss-and-complexity", "Does the loss fall while λ̂ rises?",
                       _hypothesis_words(every, found), [spec.Variant("", data, layout)],
                       table=(("transition", "times", "measured", "obey", "violate", "ΔL", "Δλ̂",
                               "slope ΔL/Δλ̂"), _kinds(every)))


def _hypothesis_words(every, found):
    counts = {verdict: sum(change.verdict == verdict for change in every)
              for verdict in ("obeys", "violates", "undecided", "unmeasured")}
    shallower, steeper = slopes(found)
    return (f"{len(every):,} transitions between recorded plateaus: {counts['obeys']:,} obey (L falls, "
            f"λ̂ rises by more than two standard errors), {counts['violates']:,} violate (L rises, or "
            f"λ̂ falls by as much), {counts['undecided']:,} are within the errors, "
            f"{counts['unmeasured']:,} are not measured: one of their plateaus has no estimate whose "
            "verdict is ok or not converged. Of pairs of consecutive transitions the slope ΔL/Δλ̂ "
            f"gets shallower in {shallower:,}, steeper in {steeper:,}.")


def slopes(found):
    """How many pairs of consecutive transitions have a shallower, and a steeper, second slope."""
    shallower = steeper = 0
    for trajectory in found:
        for first, second in zip(trajectory, trajectory[1:]):
            if not abs(first.coefficient) > 0 or not abs(second.coefficient) > 0:
                continue  # not measured
            pair = [abs(change.loss / change.coefficient) for change in (first, second)]
            shallower += pair[1] < pair[0]
            steeper += pair[1] >= pair[0]
    return shallower, steeper


def _kinds(every):
    kinds = {}
    for change in every:
        kinds.setdefault((change.source, change.target), []).append(change)
    rows = []
    for (source, target), cases in sorted(kinds.items(), key=lambda item: -len(item[1])):
        known = [case for case in cases if case.verdict != "unmeasured"]
        loss = np.mean([case.loss for case in cases])
        rise = np.mean([case.coefficient for case in known]) if known else np.nan
        rows.append((f"{source} → {target}", f"{len(cases):,}", f"{len(known):,}",
                     sum(case.verdict == "obeys" for case in known),
                     sum(case.verdict == "violates" for case in known), f"{loss:+.5f}",
                     _signed(rise), f"{loss / rise:+.4f}" if np.isfinite(rise) and rise else ""))
    return rows


def section(trajectories, coefficients, estimates, points):
    """coefficients: those measured along these trajectories, or None; estimates: all there are."""
    made = [graph(trajectories, estimates, points),
            hypothesis(changes(trajectories, coefficients)) if coefficients is not None else None]
    made = [one for one in made if one is not None]
    return spec.Section("transitions", "Transitions",
                        "Phases by loss and complexity, and what trajectories do between them.",
                        made) if made else None
