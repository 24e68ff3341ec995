"""Energy levels: the critical points, each with its loss and its polygon."""

import numpy as np

from . import labels, spec


def figure(points):
    """The figure of the catalogue's points, by falling loss."""
    names = [point.label for point in points]
    losses = np.array([point.loss for point in points])
    rows = np.arange(len(points))[::-1]
    far = losses.max() * 1.22
    words = [f"λ = {point.coefficient:g}" if np.isfinite(point.coefficient) else
             "λ unknown" for point in points]
    kinds = ["minimum or degenerate" if point.negative_eigenvalues == 0 else
             f"saddle ({point.negative_eigenvalues} directions down)" for point in points]
    lines = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
             "line": {"color": labels.token("grid"), "width": 2},
             "x": np.column_stack([losses * 0, losses, losses * np.nan]).ravel(),
             "y": np.column_stack([rows, rows, rows]).ravel().astype(float)}
    marks = {"type": "scatter", "mode": "markers", "x": losses, "y": rows, "showlegend": False,
             "text": [f"{name}<br>loss {loss:.5f}<br>{word}<br>{kind}" for name, loss, word, kind in
                      zip(names, losses, words, kinds)],
             "hovertemplate": "%{text}<extra></extra>",
             "marker": {"size": 11, "color": [labels.colour(name) for name in names],
                        "symbol": [labels.symbol(name) for name in names]}}
    images = [{"source": spec.polygon_picture(point.W, point.label), "xref": "x", "yref": "y",
               "x": point.loss + losses.max() * 0.06, "y": float(row), "sizex": losses.max() * 0.14,
               "sizey": 0.92, "xanchor": "center", "yanchor": "middle", "sizing": "contain"}
              for point, row in zip(points, rows) if point.W.shape[0] == 2]
    layout = spec.layout(
        60 + 34 * len(points), spec.axis("population loss", range=[0, far]),
        spec.axis("", tickvals=rows.tolist(), ticktext=names, range=[-0.7, len(points) - 0.3],
                  showgrid=False), images=images)
    table = (("label", "loss", "λ", "Hessian"),
             [(name, f"{loss:.5f}", f"{point.coefficient:g}" if np.isfinite(point.coefficient) else
               "unknown", kind) for name, loss, point, kind in zip(names, losses, points, kinds)])
    return spec.Figure("energy-levels", "Energy levels",
                       f"The {len(points)} critical points of the catalogue: population loss, and "
                       "the columns of W with their convex hull.",
                       [spec.Variant("", [lines, marks], layout)], table=table)


def section(points):
    return spec.Section("levels", "Energy levels",
                        "What the theory knows: the standard k-gons, which are critical points of "
                        "the population loss. k is the number of hull vertices; every + is a "
                        "positive bias, every − a large negative one.",
                        [figure(points)])
