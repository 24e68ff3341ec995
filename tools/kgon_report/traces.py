"""Chains of an llc point: their losses draw by draw, and how the ranks of draws spread over chains."""

import numpy as np

from . import labels, spec

POINTS = 16  # in the page
CHAINS = 16
KEPT = 400  # draws of a chain that are drawn
BINS = 20


def ranks(draws):
    """The rank of every draw among all, from 0 to 1; draws (chain, draw) without NaN."""
    order = np.argsort(np.argsort(draws, axis=None, kind="stable"), kind="stable")
    return (order.reshape(draws.shape) + 0.5) / draws.size


def _hue(chain, chains):
    """Chains have no meaning of their own: shades of one hue."""
    return labels.token("accent", round(0.35 + 0.65 * chain / max(1, chains - 1), 2))


def _variants(coefficients, points):
    trace, rank = [], []
    for point in points:
        draws = coefficients.group.values("draw_loss", ("point", "chain", "draw"),
                                          {"point": int(point)})
        use = coefficients.group.labels("chain_use", ("point", "chain"), {"point": int(point)})
        kept = np.nonzero(np.isfinite(draws).all(axis=1))[0][:CHAINS]
        draws, use = draws[kept], use[kept]
        if draws.size == 0:
            continue
        every = max(1, draws.shape[1] // KEPT)
        start = float(coefficients.column("loss")[point])
        lines = [{"type": "scatter", "mode": "lines", "y": spec.narrowest(chain[::every]),
                  "x0": 0, "dx": every, "name": f"chain {number}", "showlegend": False,
                  "hovertemplate": f"chain {number} ({used.replace('_', ' ')}), draw %{{x}}: "
                                   "%{y:.5f}<extra></extra>",
                  "line": {"width": 1, "color": _hue(i, len(draws)) if used == "used" else
                           labels.token("negative", 0.6)}}
                 for i, (number, used, chain) in enumerate(zip(kept, use, draws))]
        lines.append({"type": "scatter", "mode": "lines", "x": [0, draws.shape[1]],
                      "y": [start, start], "name": "loss of the point", "hoverinfo": "skip",
                      "line": {"color": labels.token("ink"), "width": 2, "dash": "dot"}})
        name = coefficients.point_name(point)
        trace.append(spec.Variant(name, lines, spec.layout(
            360, spec.axis("draw"), spec.axis("loss L of the draw"))))
        counted = use == "used"
        if not counted.any():
            continue
        part, names = ranks(draws[counted]), [str(number) for number in kept[counted]]
        counts = np.array([np.histogram(chain, bins=BINS, range=(0, 1))[0] for chain in part])
        even = draws.shape[1] / BINS
        rank.append(spec.Variant(name, [
            {"type": "heatmap", "z": (counts / even).astype(np.float32), "zmin": 0, "zmax": 2,
             "zmid": 1, "y": names, "x0": 1 / (2 * BINS), "dx": 1 / BINS, "xgap": 1, "ygap": 1,
             "hovertemplate": "chain %{y}, ranks around %{x:.2f}: %{z:.2f} of the even share"
                              "<extra></extra>",
             "colorscale": [[0, "#2166ac"], [0.5, "#f7f7f7"], [1, "#b2182b"]],
             "colorbar": {"title": {"text": "share"}, "thickness": 14, "outlinewidth": 0,
                          "tickvals": [0, 1, 2]}}],
            spec.layout(max(220, 110 + 18 * len(names)), spec.axis("rank among the draws of all chains"),
                        spec.axis("chain", type="category", showgrid=False))))
    return trace, rank


def section(coefficients):
    """The section; None where losses of draws were not kept."""
    if not coefficients.group.has("draw_loss"):
        return None
    count = len(coefficients)
    points = np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))
    trace, rank = _variants(coefficients, points)
    if not trace:
        return None
    some = f" ({len(trace)} of {count:,} points)" if len(trace) < count else ""
    return spec.Section("chains", "Chains", "What the chains behind the estimates did.", [
        spec.Figure("traces", "Losses along the chains",
                    f"Loss of the draws{some}, at most {CHAINS} chains each, every draw or as many as "
                    "a screen can show; dotted, the loss of the point; red, chains that lambda-hat does "
                    "not count. Chains that mix are one band without a drift.", trace, choice="point"),
        spec.Figure("ranks", "Ranks of the draws",
                    "How the ranks of the losses of each chain that counts spread: where all chains sample one law, "
                    "all shares are near 1.", rank, choice="point")])
