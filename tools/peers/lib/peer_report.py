"""The tables of tools/peers/run, in Markdown that reads well as text."""
import statistics

from lib.posterior_suite import median_of

MOST_RHAT = 1.01  # from which on chains do not count as mixed (Vehtari et al. 2021)


def report_text(machine, train, posterior, devinterp):
    """Each of the last three may be None."""
    parts = [_table(["", ""], [[name, value] for name, value in machine.items()])]
    if train:
        parts += _train_parts(train)
    if posterior:
        parts += _posterior_parts(posterior)
    if devinterp:
        parts += ["## Context: devinterp", devinterp_text(devinterp)]
    rows = ratio_rows(train, posterior)
    if rows:
        parts += ["## Ratios", _table(["work", "of", "wall time", "processor time"], rows)]
    return "\n\n".join(parts) + "\n"


def ratio_rows(train, posterior):
    """work, what, ratio by wall time, ratio by processor time."""
    rows = []
    for size, timings in (train.sizes if train else {}).items():
        for name in timings:
            if name != "kgon" and "kgon" in timings:
                ratios = [_rate(timings["kgon"], size, clock) / _rate(timings[name], size, clock)
                          for clock in ("wall", "cpu")]
                rows.append([f"train, {size:,} trajectories", f"kgon / {name}",
                             *map(_times, ratios)])
    for samples, samplers in (posterior.sizes if posterior else {}).items():
        for ours, theirs, what in _posterior_pairs(samplers):
            ratios = [_ess_rate(samplers[ours], clock) / _ess_rate(samplers[theirs], clock)
                      for clock in ("wall", "cpu")]
            rows.append([f"posterior, n = {samples:,}: ESS/s", what, *map(_times, ratios)])
    return rows


def _posterior_pairs(samplers):
    """Numerator, denominator, what their ratio is."""
    pairs = []
    for framework in ("NumPyro", "BlackJAX"):
        literal, prefix = f"{framework}, literal", f"{framework}, prefix sums"
        pairs += [("kgon nuts", literal, f"kgon nuts / {literal} (all)"),
                  (prefix, literal, f"{prefix} / literal (the algorithm)"),
                  ("kgon nuts", prefix, f"kgon nuts / {prefix} (the engine)"),
                  ("kgon hmc", literal, f"kgon hmc / {literal}")]
    return [pair for pair in pairs if pair[0] in samplers and pair[1] in samplers
            and all(samplers[name].agrees for name in pair[:2])]


def _rate(timing, size, clock):
    """Steps per second, the median of the repeats."""
    seconds = statistics.median(getattr(each, clock) for each in timing.repeats)
    return size * timing.steps / seconds


def _ess_rate(sampler, clock):
    """Effective samples per second, warm-up included."""
    if clock == "cpu":
        return median_of(sampler, lambda each: each.ess / each.cpu_seconds)
    return median_of(sampler, lambda each: each.ess / (each.warmup_seconds + each.draw_seconds))


def _train_parts(train):
    rows = []
    for size, timings in train.sizes.items():
        for name, timing in timings.items():
            rates = sorted(size * timing.steps / each.wall / 1e6 for each in timing.repeats)
            rows.append([f"{size:,}", name, timing.variant, f"{timing.steps:,}",
                         f"{statistics.median(rates):.3g}", f"{rates[0]:.3g} to {rates[-1]:.3g}",
                         f"{_rate(timing, size, 'cpu') / 1e6:.3g}",
                         f"{timing.compile_seconds:.1f}"])
    gates = [[name, gate.form, gate.precision, f"{gate.difference:.1e}",
              "passed" if gate.passed else "FAILED"]
             for name, each in train.gates.items() for gate in each]
    return ["## Train: SGD, n = 1000, batch 20, learning rate 0.005, independent indices, float",
            "Million steps per second, median of the repeats, their range, and per second of a "
            "processor.",
            _table(["trajectories", "peer", "best variant", "steps", "median", "range",
                    "per CPU second", "compile s"], rows),
            "Gate: 500 steps of kgon's own minibatches, rebuilt; the largest difference of a "
            "parameter from the loop in double precision, in units of the largest. kgon in double: "
            f"{train.kgon_difference:.1e}.",
            _table(["peer", "form", "precision", "difference", "gate"], gates),
            *_skipped(train.skipped)]


def _posterior_parts(posterior):
    rows = []
    for samples, samplers in posterior.sizes.items():
        for name, sampler in samplers.items():
            rows.append([f"{samples:,}", name, *_sampler_cells(sampler)])
    gates = [[f"{samples:,}", name, gate.precision, f"{gate.density:.1e}",
              "-" if gate.gradient is None else f"{gate.gradient:.1e}",
              "passed" if gate.passed else "FAILED"]
             for samples, each in posterior.gates.items() for name, gate in each.items()]
    return ["## Posterior: one data set, beta 1, prior N(0, 1), the same chains, warm-up and draws",
            "ESS: bulk, the smallest of 13 invariants; medians of the repeats. *: chains that have not "
            f"mixed, R-hat above {MOST_RHAT}.",
            _table(["n", "sampler", "ESS", "R-hat", "ESS/s", "without warm-up", "per CPU second",
                    "leapfrogs/s", "n L less kgon's, in SE", "compile s"], rows),
            "Gate: densities and gradients at kgon's draws against double precision, relative. Of "
            "kgon it is the density that it reports.",
            _table(["n", "density", "precision", "density's difference", "gradient's", "gate"],
                   gates),
            *_skipped(posterior.skipped)]


def _sampler_cells(sampler):
    def median(value):
        return median_of(sampler, value)
    score = f"{sampler.energy_score:+.1f}" + ("" if sampler.agrees else " DIFFERS")
    rhat = median(lambda each: each.rhat)
    return [f"{median(lambda each: each.ess):.0f}", f"{rhat:.3f}{' *' if rhat > MOST_RHAT else ''}",
            f"{_ess_rate(sampler, 'wall'):.3g}",
            f"{median(lambda each: each.ess / each.draw_seconds):.3g}",
            f"{_ess_rate(sampler, 'cpu'):.3g}",
            f"{median(lambda each: each.leapfrogs / each.draw_seconds):,.0f}", score,
            f"{sampler.compile_seconds:.1f}"]


def devinterp_text(found):
    return (f"devinterp 1.3.2, one core: {found['devinterp_steps_per_s']:,.0f} chain-steps/s; "
            f"kgon's reproduction of its estimator on one core: {found['kgon_steps_per_s']:,.0f}.")


def _skipped(skipped):
    return ["Not timed:\n\n" + "\n".join(f"- {name}: {why}" for name, why in skipped.items())
            ] if skipped else []


def _times(ratio):
    return f"{ratio:.3g}"


def _table(heads, rows):
    cells = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|",
                      *lines[1:]])
