"""Calibration: lambda-hat over the grid of step sizes, localizations and temperatures."""

import numpy as np

from . import labels, spec

POINTS = 12  # grids in the page


def grids(coefficients):
    """{(point, n, data, n beta): indices} of the points that form a grid of at least two step sizes
    or two gammas."""
    labelled = np.nonzero(~coefficients.of_records)[0]
    columns = [coefficients.at, coefficients.column("samples"), coefficients.setting_words("dataset"),
               coefficients.column("nbeta"), coefficients.setting_words("sampler")]
    found = {}
    for point in labelled:
        found.setdefault(tuple(column[point] for column in columns), []).append(point)
    scale, gamma = coefficients.column("step_scale"), coefficients.column("gamma")
    return {key: np.array(points) for key, points in found.items()
            if len(set(scale[points])) > 1 and len(points) == len(set(zip(scale[points],
                                                                          gamma[points])))
            and len(set(gamma[points])) * len(set(scale[points])) >= 4}


def recommended(coefficients):
    """Whether kgon llc --calibrate recommends the cell, per point."""
    if not coefficients.group.has("recommended"):
        return np.zeros(len(coefficients), dtype=bool)
    return coefficients.column("recommended").astype(bool)


def _heat(coefficients, points):
    """Cells with lambda-hat in colour and the verdict in words."""
    scale, gamma = coefficients.column("step_scale"), coefficients.column("gamma")
    xs, ys = np.unique(scale[points]), np.unique(gamma[points])
    value = np.full((len(ys), len(xs)), np.nan)
    words = np.full((len(ys), len(xs)), "", dtype=object)
    marks = []
    best = recommended(coefficients)
    for point in points:
        at = np.searchsorted(ys, gamma[point]), np.searchsorted(xs, scale[point])
        value[at] = coefficients.lambda_hat[point]
        verdict = coefficients.verdict[point].replace("_", " ")
        words[at] = (f"step {coefficients.column('step_size')[point]:.3g} (factor {scale[point]:g}), "
                     f"γ {gamma[point]:g}<br>λ̂ {value[at]:.3f} ± {coefficients.mcse[point]:.3f}<br>"
                     f"{verdict}")
        marks.append((at[1], at[0], "★" if best[point] else "●" if verdict == "ok" else "×"))
    finite = value[np.isfinite(value)]
    theory = coefficients.column("lambda_theory")[points]
    known = theory[np.isfinite(theory)]
    middle = known[0] if known.size else (np.median(finite) if finite.size else 1)
    heat = {"type": "heatmap", "x": [f"{x:.3g}" for x in xs], "y": [f"{y:g}" for y in ys],
            "z": value.astype(np.float32), "zmid": float(middle), "zmin": float(middle) * 0.4,
            "zmax": float(middle) * 1.6, "xgap": 2, "ygap": 2, "text": words.tolist(),
            "hovertemplate": "%{text}<extra></extra>",
            "colorscale": [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"],
                           [1, "#b2182b"]],
            "colorbar": {"title": {"text": "λ̂"}, "outlinewidth": 0, "thickness": 14}}
    signs = {"type": "scatter", "mode": "text", "x": [f"{xs[i]:.3g}" for i, _, _ in marks],
             "y": [f"{ys[j]:g}" for _, j, _ in marks], "text": [sign for _, _, sign in marks],
             "textfont": {"color": "#101214", "size": 15}, "hoverinfo": "skip"}
    layout = spec.layout(130 + 52 * len(ys),
                         spec.axis("factor on the default step size", type="category"),
                         spec.axis("γ", type="category", showgrid=False))
    return [heat, signs], layout


def section(coefficients):
    """The section; None where there is no grid."""
    best = recommended(coefficients)
    found = sorted(grids(coefficients).items(), key=lambda item: not best[item[1]].any())[:POINTS]
    if not found:
        return None
    variants = []
    for (at, samples, data, nbeta, sampler), points in found:
        traces, layout = _heat(coefficients, points)
        variants.append(spec.Variant(f"{at}, n = {samples:,} ({data}), nβ = {nbeta:.4g}, {sampler}",
                                     traces, layout))
    figure = spec.Figure("calibration", "λ̂ over step size and γ",
                         "Colour: λ̂, white where it is the theory's number (the median, where there "
                         "is none). ★ the recommended cell, ● verdict ok, × any other verdict.",
                         variants, choice="grid")
    return spec.Section("calibration", "Calibration",
                        "How λ̂ depends on the step size, the localization γ and nβ.", [figure])
