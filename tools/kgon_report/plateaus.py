"""SGD plateaus: the loss of many trajectories over the level lines of the critical points."""

from collections import Counter

import numpy as np

from . import labels, spec
from .catalogue import level

LINES = 500  # trajectories, above which densities stand for lines
CELLS = 12  # that can be shown alone
BINS = (140, 160)  # of step and loss


def _lines(step, loss, phase, count):
    """One trace per final phase, its trajectories one after the other with gaps between."""
    x = np.tile(np.append(np.maximum(step, 1), np.nan), len(loss))
    y = np.column_stack([loss, np.full(len(loss), np.nan)]).ravel()
    return {"type": "scatter", "mode": "lines",
            "x": x.astype(np.float32), "y": y.astype(np.float32), "hoverinfo": "skip",
            "name": f"{phase}: {count:,}", "opacity": 0.55 if len(loss) > 30 else 0.85,
            "line": {"color": labels.colour(phase), "width": 1}}


def _counts(step, loss, edges):
    """How many trajectories pass each bin (loss, step), edges being logarithms: every bin of the
    step has the record that was taken last before its end, and the way from the bin before it."""
    height = len(edges[1]) - 1
    rows = np.digitize(np.log10(np.maximum(loss, 1e-12)), edges[1]) - 1
    records = np.searchsorted(np.log10(np.maximum(step, 1)), edges[0][1:], side="right") - 1
    now = rows[:, records]
    before = np.column_stack([now[:, :1], now[:, :-1]])
    low, high = np.minimum(now, before).clip(0, height), np.maximum(now, before).clip(-1, height - 1)
    passing = low <= high  # others are beyond the picture
    steps = np.zeros((height + 1, len(records)))
    columns = np.broadcast_to(np.arange(len(records)), now.shape)
    np.add.at(steps, (low[passing], columns[passing]), 1)
    np.add.at(steps, (high[passing] + 1, columns[passing]), -1)
    return np.cumsum(steps, axis=0)[:height]


def _density(parts, phase, edges):
    """The trajectories of a final phase as a picture: opacity is the logarithm of their number."""
    counts = sum(_counts(step, loss, edges) for step, loss in parts)
    shade = np.log1p(counts) / np.log1p(max(counts.max(), 1))
    members = sum(len(loss) for _, loss in parts)
    return {"type": "heatmap", "x": (10 ** edges[0]).astype(np.float32),
            "y": (10 ** edges[1]).astype(np.float32), "z": np.ceil(100 * shade).astype(np.int8),
            "zmin": 0, "zmax": 100, "showscale": False, "showlegend": True, "hoverinfo": "skip",
            "name": f"{phase}: {members:,}",
            "colorscale": [[0, labels.colour(phase, 0)], [0.01, labels.colour(phase, 0.15)],
                           [1, labels.colour(phase, 0.95)]]}


def _steps(edges):
    """Which multiples of powers of ten have labels on an axis from edge to edge."""
    decades = edges[-1] - edges[0]
    if decades < 0.5:
        return (1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)
    return (1, 1.5, 2, 3, 4, 5, 7) if decades < 1 else (1, 2, 5) if decades < 2.5 else (1,)


def _visited(trajectories, cells):
    """The phases on whose plateaus a hundredth of the trajectories were."""
    counts = Counter(label for cell in cells
                     for sequence in trajectories.sequences[cell][trajectories.finished[cell]]
                     for label in set(sequence))
    total = sum(int(trajectories.finished[cell].sum()) for cell in cells)
    return {label for label, count in counts.items() if count >= 0.01 * total}


def _level_lines(points, phases, span):
    return [{"type": "scatter", "mode": "lines", "x": span, "y": [level(points, phase)] * 2,
             "name": f"level of {phase}", "showlegend": False,
             "hovertemplate": f"level of {phase}: {level(points, phase):.5f}<extra></extra>",
             "line": {"color": labels.colour(phase), "width": 1.5, "dash": "dot"}}
            for phase in sorted(phases, key=labels.order) if np.isfinite(level(points, phase))]


def _variant(name, trajectories, points, cells):
    parts = []  # (step, loss (member, record), final phase (member,))
    for cell in cells:
        good, records = trajectories.finished[cell], trajectories.records[cell]
        parts.append((trajectories.steps[cell, :records],
                      trajectories.population_loss[cell, good, :records],
                      trajectories.final_phase[cell, good]))
    counts = Counter(phase for part in parts for phase in part[2])
    total = sum(counts.values())
    if total == 0:
        return None
    ends = [1.0, float(max(part[0].max() for part in parts))]
    losses = np.concatenate([part[1][np.isfinite(part[1]) & (part[1] > 0)] for part in parts])
    low, high = np.quantile(losses, [0.0005, 0.9995])
    order = sorted(counts, key=labels.order)
    edges = (np.linspace(0, np.log10(max(ends[1], 10)), BINS[0] + 1),
             np.linspace(np.log10(low * 0.97), np.log10(high * 1.03), BINS[1] + 1))
    data = []
    for phase in sorted(counts, key=lambda label: -counts[label]):
        mine = [(step, loss[phases == phase]) for step, loss, phases in parts]
        mine = [(step, loss) for step, loss in mine if len(loss)]
        if total > LINES:
            data.append(_density(mine, phase, edges))
        else:
            traces = [_lines(step, loss, phase, counts[phase]) for step, loss in mine]
            for trace in traces[1:]:
                trace |= {"showlegend": False}
            data += [trace | {"legendgroup": phase} for trace in traces]
    data += _level_lines(points, _visited(trajectories, cells) | set(order), ends)
    layout = spec.layout(480, spec.log_axis("SGD steps"),
                         spec.log_axis("population loss", _steps(edges[1]),
                                       range=[float(edges[1][0]), float(edges[1][-1])]))
    return spec.Variant(name, data, layout)


def figure(trajectories, points):
    """The figure; None where no trajectory finished."""
    variants = [_variant("all cells" if trajectories.cells > 1 else "", trajectories, points,
                         range(trajectories.cells))]
    if 1 < trajectories.cells <= CELLS:
        variants += [_variant(trajectories.cell_name(cell), trajectories, points, [cell])
                     for cell in range(trajectories.cells)]
    variants = [variant for variant in variants if variant is not None]
    if not variants:
        return None
    total = int(trajectories.finished.sum())
    how = ("the density of trajectories" if total > LINES else "a line for each trajectory")
    counts = Counter(trajectories.final_phase[trajectories.finished].tolist())
    table = (("final phase", "trajectories", "part", "level"),
             [(phase, f"{counts[phase]:,}", f"{100 * counts[phase] / total:.1f} %",
               f"{level(points, phase):.5f}" if np.isfinite(level(points, phase)) else "")
              for phase in sorted(counts, key=lambda label: -counts[label])])
    return spec.Figure("sgd-plateaus", "Loss of all trajectories",
                       f"Population loss of {total:,} trajectories ({how}), coloured by the phase of "
                       "the last record; dotted, the levels of the phases that they rest in. "
                       "Click a phase in the "
                       "legend to hide it.", variants, choice="cell", scales=("xaxis", "yaxis"),
                       table=table)


def section(trajectories, points):
    made = figure(trajectories, points)
    return made and spec.Section("plateaus", "SGD plateaus",
                                 "Trajectories rest on the levels of the critical points and drop "
                                 "from one to the next.", [made])
