"""Free energies of phases along n: measured, by the formula, and what fits their difference."""

import numpy as np

from . import labels, spec

FIT = ("phase", "constant", "constant_se", "slope", "slope_se", "runs", "chi2", "paper", "laplace")


def fits(posteriors, series):
    """{label: row} of the fitted constants of a series."""
    return {str(row["phase"]): row
            for row in posteriors.derived_rows("free_energy_fit", FIT, "fit", series)}


def _variant(posteriors, series, energy, error, formula):
    runs = posteriors.runs(series)
    known = [phase for phase in posteriors.visible(runs, 0.005)
             if np.isfinite(energy[runs, phase]).any()]
    known.sort(key=lambda i: labels.order(posteriors.phases[i]))
    found = fits(posteriors, series)
    data = []
    for phase in known:
        label, colour = posteriors.phases[phase], labels.colour(posteriors.phases[phase])
        n, here = posteriors.samples[runs], np.isfinite(energy[runs, phase])
        x, y, bar = n[here], energy[runs, phase][here], error[runs, phase][here]
        points = {"type": "scatter", "mode": "markers", "x": x, "legendgroup": label,
                  "marker": {"color": colour, "size": 7, "opacity": 0.7}, "name": label}
        grid = np.unique(x)
        data.append({"type": "scatter", "mode": "lines", "x": grid, "legendgroup": label,
                     "y": np.array([y[x == value].mean() for value in grid]), "showlegend": False,
                     "hoverinfo": "skip", "line": {"color": colour, "width": 1.5}})
        data.append(points | {
            "y": y, "error_y": {"type": "data", "array": 2 * bar, "thickness": 1, "width": 0},
            "hovertemplate": f"F of {label}, n = %{{x:,}}: %{{y:.2f}}<extra></extra>"})
        law = formula[runs, phase][here]
        if not np.isfinite(law).any():
            continue
        order = np.argsort(x, kind="stable")
        data.append({"type": "scatter", "mode": "lines", "x": grid, "legendgroup": label,
                     "y": np.array([law[x == value].mean() for value in grid]),
                     "showlegend": False, "line": {"color": colour, "width": 1.5, "dash": "dot"},
                     "hovertemplate": f"formula of {label}: %{{y:.2f}}<extra></extra>"})
        data.append(points | {
            "x": x[order], "y": (y - law)[order], "yaxis": "y2", "showlegend": False,
            "error_y": {"type": "data", "array": 2 * bar[order], "thickness": 1, "width": 0},
            "hovertemplate": f"{label}, n = %{{x:,}}: F - formula = %{{y:.2f}}<extra></extra>"})
        if label in found:
            row = found[label]
            smooth = np.geomspace(grid[0], grid[-1], 80)
            data.append({"type": "scatter", "mode": "lines", "x": smooth, "yaxis": "y2",
                         "y": row["constant"] - row["paper"] + row["slope"] / smooth,
                         "legendgroup": label, "showlegend": False, "hoverinfo": "skip",
                         "line": {"color": colour, "width": 2}})
    layout = spec.layout(
        640, spec.axis("samples n", anchor="y2"),
        spec.axis("free energy F", domain=[0.5, 1]),
        yaxis2=spec.axis("F − formula", domain=[0, 0.42], anchor="x"))
    return spec.Variant(series.name(), data, layout)


def _table(posteriors):
    rows = []
    for series in posteriors.series:
        for label, row in fits(posteriors, series).items():
            rows.append((series.name(), label, f"{row['constant']:.2f} ± {row['constant_se']:.2f}",
                         f"{row['slope']:.0f} ± {row['slope_se']:.0f}", int(row["runs"]),
                         f"{row['chi2']:.1f}", f"{row['paper']:.2f}",
                         f"{row['laplace']:.2f}" if np.isfinite(row["laplace"]) else ""))
    return ("posterior", "phase", "constant", "slope", "posteriors", "chi²", "½|w*|²/s²",
            "Laplace"), rows


def section(posteriors):
    """The section; None where the sampler knows no free energies."""
    energy = posteriors.optional("free_energy")
    if energy is None or not np.isfinite(energy).any():
        return None
    error = posteriors.optional("free_energy_se")
    formula = posteriors.optional("theory_free_energy")
    table = _table(posteriors)
    figure = spec.Figure(
        "free-energy", "Free energy of phases",
        "Above: measured with two standard errors (the line is the mean over data sets), dotted the "
        "formula nβL(w*) + λ log n + "
        "½|w*|²/s². Below: measured minus formula" +
        (", with the fit of a constant and a term in 1/n" if table[1] else "") +
        ". The formula has not all constants (the table has Laplace's, where it applies).",
        [_variant(posteriors, series, energy, error, formula) for series in posteriors.series],
        choice="posterior", scales=("xaxis",), table=table if table[1] else ())
    return spec.Section("free-energy", "Free energy",
                        "Minus the logarithm of the integral of the posterior's weight over each "
                        "phase.", [figure])
