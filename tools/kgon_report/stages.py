"""Developmental stages: trajectories of which every record is drawn, one at a time."""

from collections import Counter

import numpy as np

from . import labels, spec
from .catalogue import theory

SHOWN = 60  # trajectories in the page
PER_SEQUENCE = 4  # of them with the same sequence of phases


def chosen(trajectories, coefficients):
    """(cell, trajectory, how many share the sequence): sequences with a transition first, then the
    frequent ones, and of each the trajectories with lambda-hat first."""
    finished = list(zip(*(axis.tolist() for axis in np.nonzero(trajectories.finished))))
    counts = Counter(trajectories.sequences[index] for index in finished)
    measured = coefficients.by_record if coefficients is not None else {}
    finished.sort(key=lambda index: (index not in measured, index))
    taken, found = Counter(), []
    for index in finished:
        sequence = trajectories.sequences[index]
        if taken[sequence] < PER_SEQUENCE:
            taken[sequence] += 1
            found.append((sequence, index))
    found.sort(key=lambda item: (len(item[0]) < 2, -counts[item[0]], item[1] not in measured))
    return [(*index, counts[sequence]) for sequence, index in found[:SHOWN]]


def plateaus(phase, on_plateau):
    """(first, last, label) of the runs of consecutive records on one label's plateau."""
    runs = []
    for i, label in enumerate(phase):
        if not on_plateau[i]:
            continue
        if runs and runs[-1][1] == i - 1 and runs[-1][2] == label:
            runs[-1][1] = i
        else:
            runs.append([i, i, str(label)])
    return [tuple(run) for run in runs if run[1] > run[0] or len(runs) <= 6]


def name_of(trajectories, cell, member, count):
    sequence = " → ".join(trajectories.sequences[cell, member]) or "no plateau"
    where = f"{trajectories.cell_name(cell)}, " if trajectories.swept else ""
    return f"{sequence} ({count:,} of {int(trajectories.finished.sum()):,}) · {where}no. {member}"


def member(trajectories, coefficients, known, cell, number, count):
    """All that the drawing needs of a trajectory."""
    records = int(trajectories.records[cell])
    W, b = trajectories.parameters(cell, number)
    phase = trajectories.phase[cell, number, :records]
    on_plateau = trajectories.on_plateau[cell, number, :records]
    runs = plateaus(phase, on_plateau)
    estimate, error = np.full((2, records), np.nan, dtype=np.float32)
    sound = np.zeros(records, dtype=bool)
    if coefficients is not None and (cell, number) in coefficients.by_record:
        where, value, mcse, trusted = coefficients.by_record[cell, number]
        estimate[where], error[where], sound[where] = value, mcse, trusted
    of_theory = np.array([known.get(label, np.nan) if on else np.nan
                          for label, on in zip(phase, on_plateau)], dtype=np.float32)
    stairs, believed = np.full(records, np.nan, dtype=np.float32), []
    for first, last, label in runs:
        mine = [i for i in range(first, last + 1) if sound[i]]
        if mine:
            stairs[first:last + 1] = estimate[mine].mean()
            believed.append(f"{label} {estimate[mine].mean():.2f}, of which {len(mine)} of "
                            f"{last - first + 1} records")
    return {"name": name_of(trajectories, cell, number, count),
            "step": trajectories.steps[cell, :records],
            "loss": spec.narrowest(trajectories.population_loss[cell, number, :records]),
            "training": spec.narrowest(trajectories.training_loss[cell, number, :records]),
            "estimate": estimate, "error": error, "stairs": stairs, "believed": believed,
            "sound": sound.astype(np.int8), "theory": of_theory,
            "phase": [str(label) for label in phase], "plateaus": runs,
            "W": W.astype(np.float32).ravel(), "b": b.astype(np.float32).ravel(),
            "hidden": W.shape[1], "features": W.shape[2]}


def still(one):
    """The trajectory as one still figure, for a paper: its stages above its staircases."""
    step = np.maximum(one["step"].astype(float), 1)
    measured = np.isfinite(one["estimate"]).any()
    second = "stairs" if measured else "theory"
    data = [{"type": "scatter", "mode": "lines", "x": step, "y": one["loss"], "name": "population loss",
             "line": {"color": labels.token("ink"), "width": 2}}]
    if measured:
        data.append({"type": "scatter", "mode": "markers", "x": step, "y": one["estimate"],
                     "yaxis": "y2", "name": "λ̂", "marker": {
                         "size": 5, "color": labels.token("accent", 0.6),
                         "symbol": ["circle" if sound else "circle-open" for sound in one["sound"]]}})
    if np.isfinite(one[second]).any():
        data.append({"type": "scatter", "mode": "lines", "x": step, "y": one[second], "yaxis": "y2",
                     "name": ("λ̂, mean over the plateau" if measured else
                              "λ of the plateau's phase (theory)"),
                     "connectgaps": False,
                     "line": {"color": labels.token("accent"), "width": 2, "shape": "hv",
                              "dash": "solid" if measured else "dot"}})
    W = one["W"].reshape(len(step), one["hidden"], one["features"])
    images, notes, before = [], [], -np.inf
    span = np.log10(step[-1]) or 1
    for first, last, label in one["plateaus"]:
        middle = (np.log10(step[first]) + np.log10(step[last])) / 2
        if middle - before < span * 0.13 or one["hidden"] != 2:
            continue
        before = middle
        at = (first + last) // 2
        images.append({"source": spec.polygon_picture(W[at], label), "x": middle / span, "y": 1.04,
                       "xref": "paper", "yref": "paper", "sizex": 0.13, "sizey": 0.22,
                       "xanchor": "center", "yanchor": "bottom"})
        notes.append({"text": label, "x": middle / span, "y": 1.29, "xref": "paper", "yref": "paper",
                      "showarrow": False, "yanchor": "bottom",
                      "font": {"color": labels.colour(label), "size": 15}})
    layout = spec.layout(
        460, spec.log_axis("SGD steps", range=[0, span]), spec.axis("loss"),
        yaxis2=spec.axis("λ̂" if measured else "λ", overlaying="y", side="right", showgrid=False,
                         tickmode="auto"),
        images=images, annotations=notes, margin={"l": 60, "r": 60, "t": 120, "b": 110})
    layout["legend"] |= {"y": -0.3, "yanchor": "top"}
    return spec.Variant("", data, layout)


def section(trajectories, coefficients, points):
    """The section, or None where no record kept its parameters."""
    if not trajectories.has_parameters or trajectories.result.shape[0] != 2:
        return None
    known = theory(points)
    members = [member(trajectories, coefficients, known, *one)
               for one in chosen(trajectories, coefficients)]
    if not members:
        return None
    measured = any(np.isfinite(one["estimate"]).any() for one in members)
    settings = f" at {coefficients.along[0]}" if measured and coefficients.along[0] else ""
    caption = (f"{len(members)} of {int(trajectories.finished.sum()):,} trajectories, at most "
               f"{PER_SEQUENCE} of each sequence of phases. Left the columns of W and their convex "
               "hull, in the middle their lengths and the biases (red below zero, green above), "
               "right the loss and " +
               (f"λ̂{settings} (points, hollow where the verdict is neither ok nor not converged, and the mean "
                "of the others over each plateau)" if measured else "λ of the plateau's phase where the "
                "theory gives one") + ". Drag the slider, or press play.")
    scale = max(float(np.abs(one["W"]).max()) for one in members) * 1.08
    heights = max(float(np.abs(one["b"]).max()) for one in members)
    figure = spec.Figure(
        "developmental-stages", "Developmental stages of a trajectory", caption, [still(members[0])],
        script="stages", payload={"members": members, "scale": scale,
                                  "top": max(scale, heights), "measured": measured})
    return spec.Section("stages", "Developmental stages",
                        "One trajectory of SGD at a time: what its polygon is at every record, and "
                        "the loss and the local learning coefficient as opposing staircases.",
                        [figure])

