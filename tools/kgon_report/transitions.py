"""Transitions between plateaus: the graph of phases, and whether the loss falls while lambda rises."""

from dataclasses import dataclass

import numpy as np

from . import labels, spec
from .calibration import recommended
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
    kind: tuple = ()  # of that: lambda-hat at one n and gamma differs from lambda in the theory


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


def _along(coefficients, trajectories, label):
    """lambda-hat on the plateaus of a label: the means over trajectories of their own records there
    whose verdict can be believed."""
    found = []
    for index, (records, value, _, trusted) in coefficients.by_record.items():
        here = trusted & (trajectories.phase[index][records] == label) & (
            trajectories.on_plateau[index][records])
        if here.any():
            found.append(value[here].mean())
    return np.array(found)


def _labelled(estimates, label):
    """The point of a label in llc results: a recommended cell, else what stands nearest to lambda,
    the believed one of the largest n and the smallest gamma. (Coefficients, index) or None."""
    found = []
    for estimate in estimates:
        sound = ~estimate.of_records & estimate.trusted & (estimate.phase == label)
        for point in np.nonzero(sound)[0]:
            found.append((not recommended(estimate)[point], estimate.verdict[point] != "ok",
                          -estimate.column("samples")[point], estimate.column("gamma")[point],
                          estimate.column("step_size")[point], estimate, point))
    return min(found, key=lambda row: row[:5])[5:] if found else None


def places(trajectories, coefficients, estimates, points):
    """{label: Place} of the phases on whose plateaus trajectories were. coefficients: measured along
    these trajectories, or None; estimates: all llc results of the model."""
    known, found = theory(points), {}
    here = trajectories.on_plateau & trajectories.finished[..., None]
    for label in sorted(set(trajectories.phase[here].tolist()), key=labels.order):
        loss = level(points, label)
        if not np.isfinite(loss):
            loss = float(trajectories.population_loss[here & (trajectories.phase == label)].mean())
        values = (_along(coefficients, trajectories, label) if coefficients is not None
                  else np.array([]))
        point = _labelled(estimates, label)
        if values.size > 1:
            found[label] = Place(loss, float(values.mean()),
                                 float(values.std(ddof=1) / np.sqrt(values.size)),
                                 f"λ̂ on the plateaus of {values.size:,} trajectories" +
                                 (f", {coefficients.along[0]}" if coefficients.along[0] else ""),
                                 ("plateaus",))
        elif point is not None:
            estimate, i = point
            found[label] = Place(loss, float(estimate.lambda_hat[i]), float(estimate.mcse[i]),
                                 f"λ̂ at n = {estimate.column('samples')[i]:,}, γ = "
                                 f"{estimate.column('gamma')[i]:g}",
                                 ("label", int(estimate.column("samples")[i]),
                                  float(estimate.column("nbeta")[i]),
                                  float(estimate.column("gamma")[i])))
        elif label in known:
            found[label] = Place(loss, known[label], 0.0, "λ of the theory", ("theory",))
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


def graph(trajectories, coefficients, estimates, points):
    """The graph of phases; None without transitions."""
    placed = places(trajectories, coefficients, estimates, points)
    edges = [edge for edge in trajectories.transitions
             if edge.source in placed and edge.target in placed]
    if not edges:
        return None
    xs, unknown = _across(placed)
    ys = np.array([place.loss for place in placed.values()])
    frame = _Frame(xs, ys)
    where = {label: frame.unit(x, y) for label, x, y in zip(placed, xs, ys)}
    # Where nothing else can be written: on the phases and on their names, left of them.
    taken = [place + shift for label, place in where.items()
             for shift in ([0, 0], [-0.1, 0 if label in unknown else 0.06])]
    most = max(edge.count for edge in edges)
    data, notes, against = [], [], 0
    for number, edge in enumerate(edges[:EDGES], 1):
        violates = _violates(placed[edge.source], placed[edge.target])
        against += violates
        path = _arc(where[edge.source], where[edge.target])
        data.append(_edge(frame, path, edge, number, most, violates))
        notes.append(_arrow(frame, path, edge, violates))
        notes += _count(frame, path, edge, taken)
    data.append(_nodes(placed, unknown, xs, ys))
    if unknown:
        data.insert(0, _divider(frame, xs, placed, unknown))
        notes.append({"text": "λ unknown", "x": xs[list(placed).index(unknown[0])], "y": 1,
                      "yref": "paper", "showarrow": False, "yanchor": "bottom",
                      "font": {"size": 13}})
    known = [x for x, name in zip(xs, placed) if name not in unknown]
    layout = spec.layout(
        460, spec.axis("λ̂, or λ of the theory", range=frame.range(0), **_known_ticks(known, unknown)),
        spec.axis("population loss", range=frame.range(1)), annotations=notes)
    rows = [(number, f"{edge.source} → {edge.target}", f"{edge.count:,}",
             f"{edge.first_steps.mean():,.0f}", f"{int(np.median(edge.first_steps)):,}",
             f"{placed[edge.target].loss - placed[edge.source].loss:+.5f}",
             _signed(_rise(placed[edge.source], placed[edge.target])))
            for number, edge in enumerate(edges[:ROWS], 1)]
    caption = ("Every transition between plateaus with how often it was made: the wider, the more "
               f"often. {against or 'None'} of the {min(len(edges), EDGES)} kinds drawn "
               "violate that L falls while λ̂ rises" + (" (red)" if against else "") +
               (". Numbers that are known in different ways are not compared"
                if len({place.kind for place in placed.values() if place.kind}) > 1 else "") +
               ". Bars are two standard errors. " +
               "; ".join(f"{name}: {place.source}" for name, place in placed.items()) + ".")
    return spec.Figure("transition-graph", "Transitions between phases", caption,
                       [spec.Variant("", data, layout)],
                       table=(("", "transition", "times", "mean first step", "median", "ΔL", "Δλ̂"),
                              rows))


class _Frame:
    """The plot's region as a unit square, for directions and distances as the eye sees them."""

    def __init__(self, xs, ys):
        self.low = np.array([xs.min(), ys.min()])
        self.size = np.maximum(np.array([xs.max(), ys.max()]) - self.low, [0.5, 0.005])

    def unit(self, x, y):
        return (np.array([x, y]) - self.low) / self.size

    def real(self, points):
        return points * self.size + self.low

    def range(self, axis):
        before = (0.3 if axis == 0 else 0.16) * self.size[axis]  # names stand left of their phases
        return [self.low[axis] - before, self.low[axis] + 1.16 * self.size[axis]]


def _rise(source, target):
    """Of the coefficient; NaN where one is unknown or the two are not known in the same way: what
    localization takes from a lambda-hat would count as a change of phase."""
    same = source.kind == target.kind
    return target.coefficient - source.coefficient if same else float("nan")


def _violates(source, target):
    """Whether L rises, or lambda falls by more than two standard errors."""
    return bool(target.loss > source.loss or
                _rise(source, target) < -2 * np.hypot(source.error, target.error))


def _colour(edge, violates, opacity=None):
    return (labels.token("negative", opacity) if violates else
            labels.colour(edge.source, opacity))


def _edge(frame, path, edge, number, most, violates):
    points = frame.real(path)
    words = (f"{number}: {edge.source} → {edge.target}<br>{edge.count:,} times, "
             f"first at step {edge.first_steps.mean():,.0f} in the mean")
    return {"type": "scatter", "mode": "lines", "x": points[:, 0], "y": points[:, 1],
            "showlegend": False, "text": [words] * len(points),
            "hovertemplate": "%{text}<extra></extra>",
            "line": {"color": _colour(edge, violates, 0.75),
                     "width": 1.5 + 5 * np.log1p(edge.count) / np.log1p(most)}}


def _arrow(frame, path, edge, violates):
    tail, head = frame.real(path[[13, 15]])
    return {"x": head[0], "y": head[1], "ax": tail[0], "ay": tail[1], "xref": "x", "yref": "y",
            "axref": "x", "ayref": "y", "text": "", "showarrow": True, "arrowhead": 2,
            "arrowsize": 1.1, "arrowwidth": 2, "arrowcolor": _colour(edge, violates)}


def _count(frame, path, edge, taken):
    """How often, beside the line, where there is room; `taken`: what has been placed."""
    for i in (8, 11, 18, 5):
        place = path[i] + [0, 0.05]
        if all(abs(place[0] - other[0]) > 0.16 or abs(place[1] - other[1]) > 0.09
               for other in taken):
            taken.append(place)
            x, y = frame.real(place)
            return [{"x": x, "y": y, "text": f"{edge.count:,}", "showarrow": False,
                     "bgcolor": labels.token("paper", 0.7), "borderpad": 1}]
    return []


def _nodes(placed, unknown, xs, ys):
    return {
        "type": "scatter", "mode": "markers+text", "x": xs, "y": ys, "showlegend": False,
        # Spaces leave room for the marker.
        "text": [f"{name}\u2002\u2009" for name in placed], "cliponaxis": False,
        "textposition": ["middle left" if name in unknown else "top left" for name in placed],
        "error_x": {"type": "data", "color": labels.token("muted"), "thickness": 1.5,
                    "array": np.array([2 * place.error or np.nan for place in placed.values()])},
        "textfont": {"size": 15, "color": labels.token("ink")},
        "customdata": [f"{name}: loss {place.loss:.5f}, {_number(place.coefficient)}"
                       f"{place.source}" for name, place in placed.items()],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"size": 15, "color": [labels.colour(name) for name in placed],
                   "symbol": [labels.symbol(name) + ("-open" if name in unknown else "")
                              for name in placed], "line": {"width": 2}}}


def _divider(frame, xs, placed, unknown):
    """Between the phases without a number and the others."""
    left = xs.min()
    others = [x for x, name in zip(xs, placed) if name not in unknown]
    x = (left + min(others)) / 2 if others else left
    return {"type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip",
            "x": [x] * 2, "y": frame.range(1),
            "line": {"color": labels.token("muted"), "dash": "dot", "width": 1 if others else 0}}


def _known_ticks(known, unknown):
    """No numbers on the axis where nothing has one."""
    if not unknown:
        return {}
    if not known:
        return {"tickvals": []}
    step = max(0.5, np.ceil(2 * (max(known) - min(known)) / 6) / 2)
    return {"tickvals": np.arange(np.floor(min(known)), max(known) + step, step).tolist()}


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
    variants = [spec.Variant("changes", _changes(known), spec.layout(
        420, spec.axis("Δλ̂ of a transition", rangemode="tozero", zeroline=True,
                       zerolinecolor=labels.token("muted")),
        spec.axis("ΔL", rangemode="tozero", zeroline=True, zerolinecolor=labels.token("muted"))))]
    pairs = slopes(found)
    if pairs:
        variants.append(_slope_variant(pairs))
    return spec.Figure("loss-and-complexity", "Does the loss fall while λ̂ rises?",
                       _hypothesis_words(every, pairs), variants, choice="show",
                       table=(("transition", "times", "measured", "obey", "violate", "ΔL", "Δλ̂",
                               "slope ΔL/Δλ̂"), _kinds(every)))


def _changes(known):
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
                                 "array": np.array([2 * change.error for change in mine])},
                     "text": [f"{change.source} → {change.target}" for change in mine],
                     "hovertemplate": "%{text}<br>Δλ̂ %{x:.2f}, ΔL %{y:.5f}<extra></extra>",
                     "name": f"{verdict}: {len(mine)}",
                     "marker": {"symbol": symbol, "size": 9, "color": labels.token(name)}})
    return data


def _slope_variant(pairs):
    first, second = np.array([pair[:2] for pair in pairs]).T
    high = float(max(first.max(), second.max())) * 1.1
    data = [{"type": "scatter", "mode": "lines", "x": [0, high], "y": [0, high],
             "name": "equal slopes", "hoverinfo": "skip",
             "line": {"color": labels.token("muted"), "dash": "dot"}},
            {"type": "scatter", "mode": "markers", "x": first, "y": second,
             "name": "pairs of transitions", "text": [pair[2] for pair in pairs],
             "hovertemplate": "%{text}<br>%{x:.4f}, then %{y:.4f}<extra></extra>",
             "marker": {"size": 9, "color": labels.token("accent")}}]
    return spec.Variant("slopes", data, spec.layout(
        420, spec.axis("|ΔL/Δλ̂| of a transition", range=[0, high]),
        spec.axis("|ΔL/Δλ̂| of the next", range=[0, high])))


def _hypothesis_words(every, pairs):
    counts = {verdict: sum(change.verdict == verdict for change in every)
              for verdict in ("obeys", "violates", "undecided", "unmeasured")}
    shallower = sum(second < first for first, second, _ in pairs)
    return (f"{len(every):,} transitions between recorded plateaus: {counts['obeys']:,} obey (L falls, "
            f"λ̂ rises by more than two standard errors), {counts['violates']:,} violate (L rises, or "
            f"λ̂ falls by as much), {counts['undecided']:,} are within the errors, "
            f"{counts['unmeasured']:,} are not measured: one of their plateaus has no estimate whose "
            "verdict is ok or not converged. Bars are two standard errors, Monte Carlo alone. Of "
            f"{len(pairs):,} pairs of consecutive transitions that both obey the slope ΔL/Δλ̂ gets "
            f"shallower in {shallower:,}.")


def slopes(found):
    """[(|slope| of a transition, of the next, words)] of consecutive ones that both obey."""
    pairs = []
    for trajectory in found:
        for first, second in zip(trajectory, trajectory[1:]):
            if first.verdict == second.verdict == "obeys":
                pairs.append((abs(first.loss / first.coefficient),
                              abs(second.loss / second.coefficient),
                              f"{first.source} → {second.source} → {second.target}"))
    return pairs


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
    made = [graph(trajectories, coefficients, estimates, points),
            hypothesis(changes(trajectories, coefficients)) if coefficients is not None else None]
    made = [one for one in made if one is not None]
    return spec.Section("transitions", "Transitions",
                        "Phases by loss and complexity, and what trajectories do between them.",
                        made) if made else None
