"""Estimates of lambda beside the theory: a row per point, or by phase where there are many."""

from collections import Counter

import numpy as np

from . import labels, spec
from .calibration import recommended
from .coefficients import SETTINGS

ROWS = 60  # points that have a row of their own
GROUPS = 40  # choices of settings
VERDICTS = {"ok": ("positive", "circle"), "not_converged": ("other", "circle-open"),
            "escaped": ("negative", "triangle-left"), "not_a_minimum": ("negative", "x"),
            "step_too_large": ("accent", "square")}


def _chains(coefficients, points):
    used = coefficients.column("chains_used")[points]
    below = coefficients.column("dropped_below")[points]
    failed = coefficients.column("dropped_failed")[points]
    return used, below, failed


def forest(coefficients, groups):
    """A variant per group of points, (words, indices); in it a row per point: the estimate with two
    standard errors, the theory's number beside it."""
    alone = len(groups) == 1
    variants, rows = [], []
    for words, points in groups:
        names = [coefficients.point_name(point, None if alone else ()) for point in points]
        variants.append(_rows(coefficients, words, points, names))
        rows += _table_rows(coefficients, points,
                            [coefficients.point_name(point) for point in points])
    return spec.Figure("lambda", "λ̂ beside the theory",
                       "λ̂ with two Monte Carlo standard errors, coloured by verdict; the bar is λ of "
                       "the theory, the diamond the Gaussian value of the Hessian at this γ." +
                       _without_recommendation(coefficients),
                       variants, choice="settings", table=(COLUMNS, rows))


def _without_recommendation(coefficients):
    """A sentence on the points of a calibration of which no cell is recommended."""
    best = recommended(coefficients)
    if not coefficients.group.has("recommended"):
        return ""
    none = sorted(set(coefficients.at.tolist()) - set(coefficients.at[best].tolist()))
    return f" No cell is recommended for {', '.join(none)}." if none else ""


def _rows(coefficients, words, points, names):
    rows = np.arange(len(points))[::-1]
    theory = coefficients.column("lambda_theory")[points]
    gaussian = coefficients.column("lambda_gaussian")[points]
    data = [{"type": "scatter", "mode": "markers", "x": theory, "y": rows, "name": "theory",
             "hovertemplate": "theory: %{x:g}<extra></extra>",
             "marker": {"symbol": "line-ns-open", "size": 20, "color": labels.token("ink"),
                        "line": {"width": 3}}},
            {"type": "scatter", "mode": "markers", "x": gaussian, "y": rows,
             "name": "Gaussian well (Hessian)",
             "hovertemplate": "Gaussian value: %{x:.2f}<extra></extra>",
             "marker": {"symbol": "diamond-tall-open", "size": 11, "color": labels.token("muted")}}]
    for verdict, (colour, symbol) in VERDICTS.items():
        mine = coefficients.verdict[points] == verdict
        chosen = points[mine]
        if mine.any():
            data.append({
                "type": "scatter", "mode": "markers", "x": coefficients.lambda_hat[chosen],
                "y": rows[mine], "name": verdict.replace("_", " "),
                "error_x": {"type": "data", "array": 2 * coefficients.mcse[chosen],
                            "thickness": 2, "width": 0, "color": labels.token(colour)},
                "hovertemplate": f"{verdict.replace('_', ' ')}: λ̂ = %{{x:.3f}}<extra></extra>",
                "marker": {"symbol": symbol, "size": 10, "color": labels.token(colour)}})
    layout = spec.layout(150 + 26 * len(points), spec.axis("λ̂", rangemode="tozero"),
                         spec.axis("", tickvals=rows.tolist(), ticktext=names,
                                   range=[-0.8, len(points) - 0.2]))
    return spec.Variant(words, data, layout)


COLUMNS = ("point", "λ̂", "theory", "Gaussian", "of the well", "R-hat", "ESS", "acceptance",
           "chains that fell", "failed", "looks at another gon", "outside of its W", "verdict")


def _table_rows(coefficients, points, names):
    used, below, failed = _chains(coefficients, points)
    columns = {name: coefficients.column(name)[points] for name in
               ("lambda_theory", "lambda_gaussian", "lambda_well", "rhat", "ess", "acceptance", "elsewhere",
                "outside")}

    def number(name, i, digits):
        value = columns[name][i]
        return f"{value:,.{digits}f}" if np.isfinite(value) else ""
    rows = []
    for i, point in enumerate(points):
        chains = used[i] + below[i] + failed[i]
        rows.append((names[i], f"{coefficients.lambda_hat[point]:.3f} ± "
                     f"{coefficients.mcse[point]:.3f}" if coefficients.measured[point] else "none",
                     number("lambda_theory", i, 1), number("lambda_gaussian", i, 2),
                     number("lambda_well", i, 2), number("rhat", i, 3), number("ess", i, 0), number("acceptance", i, 3),
                     f"{below[i] / chains:.0%}", f"{failed[i] / chains:.0%}",
                     number("elsewhere", i, 2), number("outside", i, 2), coefficients.verdict[point].replace("_", " ")))
    return rows


def _box(phase, values):
    low, first, middle, third, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    return {"type": "box", "name": phase, "x0": phase, "lowerfence": [low], "q1": [first],
            "median": [middle], "q3": [third], "upperfence": [high], "showlegend": False,
            "x": [phase], "fillcolor": labels.colour(phase, 0.25),
            "line": {"color": labels.colour(phase)}}


def _phase_row(coefficients, points, names):
    """names: of the settings and of the phase of these points."""
    values = coefficients.lambda_hat[points][coefficients.verdict[points] == "ok"]
    counts = Counter(coefficients.verdict[points].tolist())
    known = coefficients.column("lambda_theory")[points]
    known = known[np.isfinite(known)]
    quartiles = ([f"{q:.2f}" for q in np.quantile(values, [0.25, 0.5, 0.75])] if values.size
                 else [""] * 3)
    row = (*names, f"{len(points):,}", *quartiles, f"{known[0]:g}" if known.size else "",
           *(f"{counts[verdict]:,}" if counts[verdict] else "" for verdict in VERDICTS))
    return row, values, known


def _boxes(coefficients, words, points):
    """A variant with a box for every phase of these points, and their rows."""
    data, rows = [], []
    for phase in sorted(set(coefficients.phase[points].tolist()), key=labels.order):
        names = (words, phase) if words else (phase,)
        row, values, known = _phase_row(coefficients, points[coefficients.phase[points] == phase], names)
        rows.append(row)
        if not values.size:
            continue
        data.append(_box(phase, values))
        if known.size:
            data.append({"type": "scatter", "mode": "markers", "x": [phase], "y": known[:1],
                         "showlegend": False, "hovertemplate": "theory: %{y:g}<extra></extra>",
                         "marker": {"symbol": "line-ew-open", "size": 22,
                                    "color": labels.token("ink"), "line": {"width": 3}}})
    layout = spec.layout(430, spec.axis("", type="category"), spec.axis("λ̂"))
    return spec.Variant(words, data, layout), rows


def by_phase(coefficients):
    """Boxes of lambda-hat by phase, and how often each verdict was given; a variant for every choice of
    settings."""
    groups = coefficients.alike(np.arange(len(coefficients)))[:GROUPS]
    found = [_boxes(coefficients, *group) for group in groups]
    settings = ("settings",) if groups[0][0] else ()
    return spec.Figure("lambda-by-phase", "λ̂ by phase",
                       f"{len(coefficients):,} points by phase: quartiles, and the 5 and 95 percent "
                       "quantiles, of the estimates whose verdict is ok; the bar is λ of the theory, "
                       "which λ̂ goes to with n where γ takes little of it. The table counts the "
                       "verdicts.", [variant for variant, _ in found],
                       choice="settings",
                       table=((*settings, "phase", "points", "25 %", "50 %", "75 %", "theory",
                               *(verdict.replace("_", " ") for verdict in VERDICTS)),
                              [row for _, rows in found for row in rows]))


def groups_of(coefficients):
    """The points that are no records, in groups (words, indices) that can be looked at together: all
    where they are few, else those of the same settings; of a calibration the recommended cells
    first."""
    points = np.nonzero(~coefficients.of_records)[0]
    if len(points) <= ROWS:
        return [("", points)] if len(points) else []
    best = np.nonzero(recommended(coefficients))[0]
    first = [("recommended cells", best)] if len(best) else []
    found = {}
    for point in points:
        words = coefficients.point_name(point).split(", ", 1)[-1]
        found.setdefault(words, []).append(point)
    if max(map(len, found.values())) > ROWS:
        return first
    return first + [(words, np.array(mine)) for words, mine in list(found.items())[:GROUPS]]


def section(coefficients):
    """Points one by one where they can be read, else by phase."""
    groups = groups_of(coefficients)
    figures = [forest(coefficients, groups)] if groups else []
    if coefficients.of_records.any() or not groups:
        figures.append(by_phase(coefficients))
    words = ", ".join(name for key, name in SETTINGS if key in coefficients.varied)
    return spec.Section("lambda", "Local learning coefficients",
                        "Estimates with their errors and a verdict on each" +
                        (f"; points differ in {words}." if words else "."), figures)
