"""Occupancies: the posterior probability of every phase along n, measured and by the theory."""

import numpy as np

from . import labels, spec

CROSSING = ("from", "to", "n_measured", "se", "n_low", "n_high", "n_predicted")


def crossings(posteriors, series):
    """The measured crossings of a series."""
    rows = posteriors.derived_rows("crossings", CROSSING, "crossing", series)
    return [row for row in rows if np.isfinite(row["n_measured"])]


def _band(grid, mean, error, name, colour):
    """A line with the band of two standard errors around it."""
    return [{"type": "scatter", "mode": "lines", "x": np.append(grid, grid[::-1]),
             "y": np.append(mean + 2 * error, (mean - 2 * error)[::-1]).clip(0, 1),
             "fill": "toself", "fillcolor": colour(0.2), "line": {"width": 0},
             "hoverinfo": "skip", "showlegend": False, "legendgroup": name},
            {"type": "scatter", "mode": "lines+markers", "x": grid, "y": mean, "name": name,
             "legendgroup": name, "customdata": error, "line": {"color": colour(), "width": 2.5},
             "marker": {"size": 6, "color": colour()},
             "hovertemplate": f"{name}, n = %{{x:,}}: %{{y:.3f}} ± %{{customdata:.3f}}"
                              "<extra></extra>"}]


def _theory(posteriors, runs, phases):
    """The formula's probabilities, the mean over data sets."""
    values = posteriors.optional("theory_occupancy", "theory")
    if values is None:
        return []
    grid = np.unique(posteriors.samples[runs])
    traces = []
    for phase in phases:
        mean = np.array([values[runs[posteriors.samples[runs] == n], phase].mean() for n in grid])
        if not np.isfinite(mean).any():
            continue
        label = posteriors.phases[phase]
        traces.append({"type": "scatter", "mode": "lines", "x": grid, "y": mean, "name": label,
                       "legendgroup": label, "showlegend": False,
                       "line": {"color": labels.colour(label), "width": 2, "dash": "dot"},
                       "hovertemplate": f"{label} by the formula, n = %{{x:,}}: %{{y:.3f}}"
                                        "<extra></extra>"})
    return traces


def _variant(posteriors, series):
    runs = posteriors.runs(series)
    phases = sorted(posteriors.visible(runs), key=lambda i: labels.order(posteriors.phases[i]))
    grid, mean, error = posteriors.along_n(series, posteriors.occupancy, posteriors.occupancy_se)
    data = _theory(posteriors, runs, phases)
    for phase in phases:
        label = posteriors.phases[phase]
        data += _band(grid, mean[:, phase], np.nan_to_num(error[:, phase]), label,
                      lambda opacity=None, label=label: labels.colour(label, opacity))
    for row in crossings(posteriors, series):
        words = f"{row['from']} → {row['to']} at n = {row['n_measured']:.0f} ± {row['se']:.0f}"
        data.append({"type": "scatter", "mode": "lines", "x": [row["n_measured"]] * 2, "y": [0, 1],
                     "name": words, "hovertemplate": f"{words}<extra></extra>",
                     "line": {"color": labels.token("muted"), "width": 2, "dash": "dash"}})
        if series.population and grid[0] <= row["n_predicted"] <= grid[-1]:
            words = f"{row['from']} → {row['to']} by the formula: n = {row['n_predicted']:.0f}"
            data.append({"type": "scatter", "mode": "lines", "x": [row["n_predicted"]] * 2,
                         "y": [0, 1], "name": words, "hovertemplate": f"{words}<extra></extra>",
                         "line": {"color": labels.token("muted"), "width": 2, "dash": "dot"}})
    layout = spec.layout(460, spec.axis("samples n"),
                         spec.axis("posterior probability", range=[-0.02, 1.02]))
    return spec.Variant(series.name(), data, layout)


def _table(posteriors):
    """The most probable phases of every posterior series at every n."""
    rows = []
    for series in posteriors.series:
        grid, mean, error = posteriors.along_n(series, posteriors.occupancy,
                                               posteriors.occupancy_se)
        for n, values, errors in zip(grid, mean, error):
            best = np.argsort(-np.nan_to_num(values))[:4]
            rows.append((series.name(), f"{n:,}", "   ".join(
                f"{posteriors.phases[i]}: {values[i]:.3f} ± {errors[i]:.3f}" for i in best
                if values[i] > 0.005)))
    return ("posterior", "n", "occupancies"), rows


def _words(posteriors, series):
    """What a series crosses, and where the formula of the population crosses."""
    sets = len(set(posteriors.data_set[posteriors.runs(series)].tolist()))
    rows = posteriors.derived_rows("crossings", CROSSING, "crossing", series)
    parts = []
    for row in rows:
        at = (f"n = {row['n_measured']:.0f} ± {row['se']:.0f}" if np.isfinite(row["n_measured"]) else
              f"an n between {row['n_low']:,} and {row['n_high']:,}")
        formula = (f" (formula, of the population: {row['n_predicted']:.0f})"
                   if np.isfinite(row["n_predicted"]) else "")
        parts.append(f"{row['from']} gives way to {row['to']} at {at}{formula}")
    how = "" if series.population else f" ({sets})"
    return f"{series.name()}{how}: {', '.join(parts) or 'no crossing found'}."


def figure(posteriors):
    theory = posteriors.optional("theory_occupancy", "theory") is not None
    caption = ("Lines with bands of two standard errors: measured; the error is that over the data "
               "sets and at least the sampler's" +
               ("; dotted: the formula nβL(w*) + λ log n + ½|w*|²/s² alone, over the phases that have "
                "a λ, the mean over data sets" if theory else "") + ". " +
               " ".join(_words(posteriors, series) for series in posteriors.series))
    return spec.Figure("occupancy", "Which phase has the posterior?", caption,
                       [_variant(posteriors, series) for series in posteriors.series],
                       choice="posterior", scales=("xaxis",), table=_table(posteriors))


def section(posteriors):
    return spec.Section("occupancy", "Bayesian phases",
                        "Posterior probability of the phases W with k hull vertices and σ positive "
                        "biases, along the number of samples.", [figure(posteriors)])
