"""Calibration: lambda-hat over the grid of step sizes, localizations and temperatures."""

import numpy as np

from . import labels, spec

POINTS = 12  # grids in the page


AXES = (("step", "step"), ("gamma", "γ"), ("nbeta", "nβ"))


def _columns(coefficients):
    """{axis: (point,) values}; the step is its factor where factors differ."""
    scale = coefficients.column("step_scale")
    labelled = ~coefficients.of_records
    factors = len(set(scale[labelled].tolist())) > 1
    return {"step": scale if factors else coefficients.column("step_size"),
            "gamma": coefficients.column("gamma"), "nbeta": coefficients.column("nbeta")}


def grids(coefficients):
    """[(name, (x, y), indices)]: points that differ in two or three of step, gamma and n beta; of
    three, one grid for each n beta. x and y are keys of _columns."""
    columns, points = _columns(coefficients), {}
    fixed = [coefficients.at, coefficients.column("samples"), coefficients.setting_words("dataset"),
             coefficients.setting_words("sampler")]
    for point in np.nonzero(~coefficients.of_records)[0]:
        points.setdefault(tuple(column[point] for column in fixed), []).append(point)
    found = []
    for (at, samples, data, sampler), mine in points.items():
        mine = np.array(mine)
        # A step size of its own for each gamma and n beta is no axis.
        varied = [axis for axis, _ in AXES if 1 < len(set(columns[axis][mine].tolist())) < len(mine)]
        name = f"{at}, n = {samples:,} ({data}), {sampler}"
        if len(varied) == 2:
            found.append((name, tuple(varied), mine))
        elif len(varied) == 3:
            for nbeta in np.unique(columns["nbeta"][mine]):
                found.append((f"{name}, nβ = {nbeta:.4g}", tuple(varied[:2]),
                              mine[columns["nbeta"][mine] == nbeta]))
    return found


def recommended(coefficients):
    """Whether kgon llc --calibrate recommends the cell, per point."""
    if not coefficients.group.has("recommended"):
        return np.zeros(len(coefficients), dtype=bool)
    return coefficients.column("recommended").astype(bool)


def _heat(coefficients, axes, points):
    """Cells with lambda-hat in colour and the verdict as a sign."""
    columns = _columns(coefficients)
    across, along = (columns[axis][points] for axis in axes)
    xs, ys = np.unique(across), np.unique(along)
    value = np.full((len(ys), len(xs)), np.nan)
    words = np.full((len(ys), len(xs)), "", dtype=object)
    marks, best = [], recommended(coefficients)
    for point, x, y in zip(points, across, along):
        at = np.searchsorted(ys, y), np.searchsorted(xs, x)
        value[at] = coefficients.lambda_hat[point]
        verdict = coefficients.verdict[point].replace("_", " ")
        words[at] = (f"step {coefficients.column('step_size')[point]:.3g}, "
                     f"γ {columns['gamma'][point]:g}, nβ {columns['nbeta'][point]:.4g}<br>"
                     f"λ̂ {value[at]:.3f} ± {coefficients.mcse[point]:.3f}<br>{verdict}")
        marks.append((at[1], at[0], "★" if best[point] else "●" if verdict == "ok" else "×"))
    finite = value[np.isfinite(value)]
    theory = coefficients.column("lambda_theory")[points]
    known = theory[np.isfinite(theory)]
    middle = known[0] if known.size else (np.median(finite) if finite.size else 1)
    heat = {"type": "heatmap", "x": [f"{x:.3g}" for x in xs], "y": [f"{y:.3g}" for y in ys],
            "z": value.astype(np.float32), "zmid": float(middle), "zmin": float(middle) * 0.4,
            "zmax": float(middle) * 1.6, "xgap": 2, "ygap": 2, "text": words.tolist(),
            "hovertemplate": "%{text}<extra></extra>",
            "colorscale": [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"],
                           [1, "#b2182b"]],
            "colorbar": {"title": {"text": "λ̂"}, "outlinewidth": 0, "thickness": 14}}
    signs = {"type": "scatter", "mode": "text", "x": [f"{xs[i]:.3g}" for i, _, _ in marks],
             "y": [f"{ys[j]:.3g}" for _, j, _ in marks], "text": [sign for _, _, sign in marks],
             "textfont": {"color": "#101214", "size": 15}, "hoverinfo": "skip"}
    layout = spec.layout(130 + 52 * len(ys),
                         spec.axis(_title(coefficients, axes[0]), type="category"),
                         spec.axis(_title(coefficients, axes[1]), type="category",
                                   showgrid=False))
    return [heat, signs], layout


def _title(coefficients, axis):
    if axis != "step":
        return dict(AXES)[axis]
    return ("factor on the default step size" if len(set(coefficients.column("step_scale").tolist()))
            > 1 else "step size")


def section(coefficients):
    """The section; None where there is no grid."""
    best = recommended(coefficients)
    found = sorted(grids(coefficients), key=lambda grid: not best[grid[2]].any())[:POINTS]
    if not found:
        return None
    variants = [spec.Variant(name, *_heat(coefficients, axes, points)) for name, axes, points in found]
    figure = spec.Figure("calibration", "λ̂ over step size, γ and nβ",
                         "Colour: λ̂, white where it is the theory's number (the median, where there "
                         "is none), full at 0.4 and 1.6 times it. ★ the recommended cell, ● verdict "
                         "ok, × any other verdict.", variants, choice="grid")
    return spec.Section("calibration", "Calibration",
                        "How λ̂ depends on the step size, the localization γ and nβ.", [figure])
