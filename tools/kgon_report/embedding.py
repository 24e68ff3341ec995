"""t-SNE of posterior draws under a metric that knows the symmetries of the model."""

import numpy as np

from . import labels, spec

SIZES = 4  # values of n where none are asked for
DRAWS = 400  # of each
PUBLISHED = (300, 500, 700, 1000)  # the n of the published figure


def standard_columns(W):
    """Draws W (draw, 2, c) with the longest column turned onto +x and the columns sorted by angle:
    points of one orbit of rotations and permutations become one point; their distance is Euclidean.
    """
    columns = np.swapaxes(W, 1, 2)
    longest = np.take_along_axis(columns, np.hypot(*W.transpose(1, 0, 2)).argmax(axis=1)
                                 [:, None, None], axis=1)[:, 0]
    angle = -np.arctan2(longest[:, 1], longest[:, 0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = np.einsum("ijd,dcj->dci", turn, columns)
    # The longest column's angle is 0 but for rounding, which must not put it last.
    order = np.argsort(np.mod(np.arctan2(turned[..., 1], turned[..., 0]) + 1e-9, 2 * np.pi), axis=1)
    return np.take_along_axis(turned, order[..., None], axis=1)


def chosen_sizes(grid, wished=None):
    """Of the grid's n the nearest to each that is wished; without wishes all of a short grid, of a
    longer one those nearest to the published ones."""
    grid = np.unique(grid)
    if wished is None and len(grid) <= SIZES:
        return grid
    return np.unique([grid[np.abs(np.log(grid / size)).argmin()] for size in wished or PUBLISHED])


def resampled(weights, count, generator):
    """Indices by systematic resampling: each as often as it weighs, but for rounding."""
    ends = np.cumsum(weights / weights.sum())
    places = (np.arange(count) + generator.uniform()) / count
    return np.searchsorted(ends, places).clip(0, len(weights) - 1)


def draws_of(posteriors, run, generator):
    """(W, b, label) of DRAWS draws of a run or as many as there are, resampled as islands weigh."""
    group = posteriors.result.groups["posterior"]
    order = ("chain", "draw", "run")
    W = group.values("W", (*order, "hidden", "feature"), {"run": run})
    b = group.values("b", (*order, "feature"), {"run": run})
    label = posteriors.result.groups["sample_stats"].labels("hull_phase", order, {"run": run})
    weight = np.ones(len(W))
    if posteriors.group.has("island_log_evidence"):
        evidence = posteriors.group.values("island_log_evidence", ("run", "island"))[run]
        if len(evidence) == len(W) and np.isfinite(evidence).any():
            weight = np.exp(np.nan_to_num(evidence - np.nanmax(evidence), nan=-np.inf))
    W, b, label = (array.reshape(-1, *array.shape[2:]) for array in (W, b, label))
    per_draw = np.repeat(weight, len(W) // len(weight)) * np.isfinite(W).all(axis=(1, 2))
    if not per_draw.any():
        return W[:0], b[:0], label[:0]
    picked = resampled(per_draw, min(DRAWS, np.count_nonzero(per_draw)), generator)
    return W[picked], b[picked], label[picked]


def _embedded(points, seed):
    from sklearn.manifold import TSNE  # takes a second to import: only where it is used
    from threadpoolctl import threadpool_limits
    perplexity = min(30.0, max(2.0, (len(points) - 1) / 4))
    embed = TSNE(n_components=2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    # Its threads wait for each other in loops: on a busy machine several take longer than one.
    with threadpool_limits(1):
        return embed.fit_transform(points.reshape(len(points), -1).astype(np.float32))


def section(posteriors, wished=None):
    """The section; None without enough draws of a model with two hidden dimensions."""
    result = posteriors.result
    if "posterior" not in result.groups or result.shape[0] != 2:
        return None
    if 0 in result.groups["posterior"].data.sizes.values():
        return None
    series = max(posteriors.series, key=lambda one: (one.beta == 1, one.population, one.beta))
    runs = posteriors.runs(series)
    first = runs[posteriors.data_set[runs] == posteriors.data_set[runs].min()]
    generator = np.random.default_rng(0)
    sizes = chosen_sizes(posteriors.samples[first], wished)
    parts = [(int(n), *draws_of(posteriors, int(first[posteriors.samples[first] == n][0]), generator))
             for n in sizes]
    parts = [part for part in parts if len(part[1]) >= 10]
    if not parts:
        return None
    where = _embedded(np.concatenate([standard_columns(part[1]) for part in parts]), 0)
    variants, payload, start = [], [], 0
    span = [float(np.abs(where).max()) * 1.08] * 2
    for n, W, b, label in parts:
        here = where[start:start + len(W)]
        start += len(W)
        variants.append(_variant(n, here, label, span))
        payload.append({"W": W.astype(np.float32).ravel(), "b": b.astype(np.float32).ravel(),
                        "label": [str(name) for name in label], "features": W.shape[2]})
    figure = spec.Figure(
        "tsne", "Draws of the posterior",
        f"t-SNE of draws of {series.name()}: one map for all n, of which one is shown at a time. "
        "Draws are near each other where their columns of W are, turned so that the longest lies on "
        "+x and sorted by angle. Point at a draw to see its polygon.", variants,
        choice="n", script="draws", payload={"variants": payload})
    return spec.Section("draws", "Draws of the posterior",
                        "Do the phases form clusters, and which of them fade as n grows?", [figure])


def _variant(n, here, label, span):
    data = []
    for phase in sorted(set(label.tolist()), key=labels.order):
        mine = np.nonzero(label == phase)[0]
        data.append({"type": "scatter", "mode": "markers", "x": here[mine, 0].astype(np.float32),
                     "y": here[mine, 1].astype(np.float32), "name": f"{phase}: {len(mine)}",
                     "customdata": mine, "hovertemplate": f"{phase}<extra></extra>",
                     "marker": {"size": 6, "color": labels.colour(phase), "opacity": 0.8,
                                "symbol": labels.symbol(phase)}})
    plain = {"showticklabels": False, "ticks": "", "range": [-span[0], span[1]]}
    layout = spec.layout(520, spec.axis("t-SNE 1", **plain), spec.axis("t-SNE 2", **plain))
    return spec.Variant(f"n = {n:,}", data, layout)
