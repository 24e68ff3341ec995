"""The first section, in words: what was run, what was found, what to distrust."""

from collections import Counter

import numpy as np

from .calibration import recommended
from .occupancy import crossings
from .trajectories import setting


NAMED = 12  # points in a sentence


def duration(seconds):
    if not np.isfinite(seconds):
        return "not recorded"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, hours = seconds / 60, seconds / 3600
    return f"{minutes:.0f} min" if minutes < 120 else f"{hours:.1f} h"


def identity(result):
    """(term, words) pairs on where a result comes from."""
    get = result.attribute
    rows = [("file", result.path.name), ("command", str(get("command", "not recorded"))),
            ("seed", str(get("seed", "not recorded"))), ("device", str(get("device", "not recorded"))),
            ("version", f"kgon {get('kgon_version')}"), ("study", str(get("study_hash", ""))),
            ("written", str(get("created_at", "not recorded"))),
            ("wall time", duration(float(get("wall_seconds", np.nan)))),
            ("model", f"{get('hidden')} hidden dimensions, {get('features')} features, "
                      f"{get('precision')}")]
    return [(term, words) for term, words in rows if words]


def counted(number, one, many=None):
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _total(result, name):
    return int(result.attribute(name, 0))


def shard_doubt(result, total):
    """A sentence where the file is a part of the study; none where it is whole."""
    count = _total(result, "shard_count")
    if not total or count == total:
        return []
    first = _total(result, "shard_first")
    return [f"{result.path.name} is a shard: members {first:,} to {first + count - 1:,} of {total:,}; "
            "kgon merge puts shards together."]


def of_train(trajectories):
    """(run, found, distrust): lists of sentences."""
    result = trajectories.result
    cells, members = trajectories.shape
    steps = trajectories.group.values("steps", ("cell",))
    length = f"{steps.min():,}" if steps.min() == steps.max() else f"{steps.min():,} to {steps.max():,}"
    first = trajectories.settings[0]
    words = ", ".join(f"{name.replace('_', ' ')} {setting(value)}" for name, value in first.items()
                      if name not in trajectories.swept and
                      all(cell.get(name) == value for cell in trajectories.settings))
    over = f", over {', '.join(name.replace('_', ' ') for name in trajectories.swept)}" if cells > 1 else ""
    run = [f"{counted(cells * members, 'trajectory', 'trajectories')} of SGD in "
           f"{counted(cells, 'cell')}"
           f"{over}, {length} steps each ({words})."]
    good = trajectories.finished
    counts = Counter(trajectories.final_phase[good].tolist())
    total = max(1, int(good.sum()))
    found = ["They end in " + ", ".join(f"{phase} ({100 * count / total:.1f} %)" for phase, count in
                                        counts.most_common(8)) + "."] if counts else []
    if trajectories.transitions:
        found.append("Transitions between plateaus: " + ", ".join(
            f"{edge.source} → {edge.target} ({edge.count:,}, first at step "
            f"{edge.first_steps.mean():,.0f} in the mean)" for edge in trajectories.transitions[:6])
            + ".")
    distrust = shard_doubt(result, _total(result, "trajectories"))
    failed = int((~good).sum())
    if failed:
        distrust.append(f"{failed:,} of {good.size:,} trajectories failed (diverged or non-finite); "
                        "they are in no figure.")
    listed = trajectories.group.data.sizes["visit"]
    longer = int((trajectories.group.values("visits", ("cell", "trajectory")) > listed).sum())
    if longer:
        distrust.append(f"{longer:,} trajectories came to more than {listed} plateaus, of which the "
                        f"file lists the first {listed}: transitions after them are not counted.")
    resting = trajectories.last(trajectories.on_plateau)[good].mean() if good.any() else 1
    if resting < 0.95:
        distrust.append(f"{1 - resting:.0%} of the trajectories were on no plateau at their last "
                        "record: their final phase may not be final. More epochs would tell.")
    return run, found, distrust


def _estimate(coefficients, point, theory):
    verdict = coefficients.verdict[point]
    doubt = "" if verdict == "ok" else f", {verdict.replace('_', ' ')}"
    return (f"{coefficients.point_name(point)}: {coefficients.lambda_hat[point]:.2f} ± "
            f"{coefficients.mcse[point]:.2f} ({theory:g}{doubt})")


def _common(coefficients, points):
    """n, n beta and gamma, where the points have the same."""
    words = [f"{word} = {coefficients.column(name)[points[0]]:.4g}"
             for name, word in (("samples", "n"), ("nbeta", "nβ"), ("gamma", "γ"))
             if len(set(coefficients.column(name)[points].tolist())) == 1]
    return f" at {', '.join(words)}" if words else ""


def of_llc(coefficients):
    count = len(coefficients)
    chains = coefficients.group.data.sizes["chain"]
    samplers = ", ".join(sorted(set(coefficients.setting_words("sampler").tolist())))
    run = [f"λ̂ at {counted(count, 'point')} ({samplers}, {counted(chains, 'chain')} each)."]
    found = []
    theory = coefficients.column("lambda_theory")
    labelled = np.nonzero(~coefficients.of_records & np.isfinite(theory) & coefficients.measured)[0]
    best = labelled[recommended(coefficients)[labelled]]
    shown = best if len(best) else labelled
    if len(shown):
        more = f"; and {len(shown) - NAMED:,} more" if len(shown) > NAMED else ""
        found.append(("Recommended cells, λ̂" if len(best) else "λ̂") + _common(coefficients, shown) +
                     " beside the theory: " +
                     "; ".join(_estimate(coefficients, i, theory[i]) for i in shown[:NAMED]) + more + ".")
    for phase in sorted(set(coefficients.phase[coefficients.of_records].tolist())):
        mine = coefficients.of_records & coefficients.trusted & (coefficients.phase == phase)
        if mine.sum() >= 10:
            values = coefficients.lambda_hat[mine]
            found.append(f"λ̂ of {mine.sum():,} records in {phase} (verdicts ok and not converged): "
                         f"{np.median(values):.2f} in the median.")
    verdicts = Counter(coefficients.verdict.tolist())
    distrust = shard_doubt(coefficients.result, _total(coefficients.result, "points"))
    bad = {verdict: n for verdict, n in verdicts.items() if verdict != "ok"}
    if bad:
        distrust.append(f"{sum(bad.values()):,} of {count:,} points are not ok: " + ", ".join(
            f"{verdict.replace('_', ' ')} {n:,}" for verdict, n in sorted(bad.items())) + ".")
    below = int(coefficients.column("dropped_below").sum())
    failed = int(coefficients.column("dropped_failed").sum())
    if below or failed:
        distrust.append(f"{below + failed:,} of {count * chains:,} chains were left out: {below:,} fell "
                        f"below the loss of their point, {failed:,} failed.")
    return run, found, distrust


def of_sample(posteriors):
    grid = np.unique(posteriors.samples)
    sets = len(set(posteriors.data_set[posteriors.data_set >= 0].tolist()))
    data = " and ".join(part for part in (
        f"{sets} data {'set' if sets == 1 else 'sets'}" if sets else "",
        "the population" if (posteriors.data_set < 0).any() else "") if part)
    betas = ", ".join(f"{beta:g}" for beta in np.unique(posteriors.beta))
    span = f"{grid[0]:,} to {grid[-1]:,} ({len(grid)} values)" if len(grid) > 1 else f"{grid[0]:,}"
    run = [f"{counted(len(posteriors.samples), 'posterior')}: n = {span}, {data}, β = {betas}."]
    found = []
    for series in posteriors.series:
        n, mean, error = posteriors.along_n(series, posteriors.occupancy, posteriors.occupancy_se)
        for i in sorted({0, len(n) - 1}):
            if not np.isfinite(mean[i]).any():
                continue
            best = int(np.nanargmax(mean[i]))
            found.append(f"{series.name()}: at n = {n[i]:,} the most probable phase is "
                         f"{posteriors.phases[best]} ({mean[i][best]:.3f} ± {error[i][best]:.3f}).")
        for row in crossings(posteriors, series):
            formula = (f"; the formula says {row['n_predicted']:.0f}"
                       if np.isfinite(row["n_predicted"]) else "")
            found.append(f"{series.name()}: {row['from']} gives way to {row['to']} at n = "
                         f"{row['n_measured']:.0f} ± {row['se']:.0f}{formula}.")
    doubts = Counter(doubt for doubt in posteriors.doubt.tolist() if doubt)
    distrust = shard_doubt(posteriors.result, _total(posteriors.result, "islands"))
    if doubts:
        number = sum(doubts.values())
        distrust.append(f"{number:,} of {len(posteriors.samples):,} posteriors are doubtful. " + " ".join(
            f"{text} ({count:,})." for text, count in doubts.most_common(4)))
    return run, found, distrust
