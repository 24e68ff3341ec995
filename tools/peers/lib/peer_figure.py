"""The figure of tools/peers/run: how much kgon and its peers get done in a second."""
import statistics

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

OURS, THEIRS = "#1b5e9e", "#9aa3ab"


def write_figure(train, posterior, path):
    """A panel for SGD at the largest size and one for every posterior; each of the two may be None.
    By wall time: dots are medians, dashes the repeats. path: png, svg or pdf."""
    panels = []
    if train:
        size = max(train.sizes)
        panels.append((f"SGD, {size:,} trajectories", "million steps per second",
                       _train_rates(train.sizes[size], size)))
    for samples, samplers in (posterior.sizes if posterior else {}).items():
        panels.append((f"posterior, n = {samples:,}", "effective samples per second",
                       _posterior_rates(samplers)))
    heights = [len(rates) for _, _, rates in panels]
    figure, axes = pyplot.subplots(len(panels), squeeze=False, layout="constrained",
                                   figsize=(8, 0.9 * len(panels) + 0.33 * sum(heights)),
                                   gridspec_kw={"height_ratios": [count + 1.5 for count in heights]})
    for axis, (title, unit, rates) in zip(axes[:, 0], panels):
        _draw(axis, title, unit, rates)
    figure.savefig(path, dpi=160)
    pyplot.close(figure)


def _train_rates(timings, size):
    return {name: [size * timing.steps / each.wall / 1e6 for each in timing.repeats]
            for name, timing in timings.items()}


def _posterior_rates(samplers):
    """Those whose energies agree, as in the ratios."""
    return {name: [each.ess / (each.warmup_seconds + each.draw_seconds) for each in sampler.repeats]
            for name, sampler in samplers.items() if sampler.agrees}


def _draw(axis, title, unit, rates):
    """Dots and no bars: lengths mean nothing on a logarithmic axis."""
    names = sorted(rates, key=lambda name: statistics.median(rates[name]))
    medians = [statistics.median(rates[name]) for name in names]
    for row, (name, median) in enumerate(zip(names, medians)):
        color = OURS if name.startswith("kgon") else THEIRS
        axis.plot(rates[name], [row] * len(rates[name]), "|", color=color, markersize=9)
        axis.plot(median, row, "o", color=color, markersize=7)
        axis.annotate(_short(median), (max(rates[name]), row), xytext=(9, 0),
                      textcoords="offset points", va="center", fontsize=9)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(-0.6, len(names) - 0.4)
    axis.set_xscale("log")
    axis.set_xlim(min(medians) / 2, max(medians) * 3)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axis.grid(axis="x", color="#dde1e5")
    axis.grid(axis="y", color="#dde1e5", linestyle=":")
    axis.set_axisbelow(True)
    axis.set_xlabel(f"{unit}, logarithmic", fontsize=9)
    axis.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(labelsize=9, left=False)


def _short(value):
    """Three digits, without an exponent."""
    digits = len(str(int(value)))
    return f"{round(value, 3 - digits):,.0f}" if digits >= 3 else f"{value:.3g}"
