"""The comparison as a table with what it shows, and as a document."""
import math
from dataclasses import asdict
from textwrap import fill

import numpy as np

from lib.llc_comparison import initial_samples

SURE = 3.0  # standard errors from which on two estimates are said to differ

COLUMNS = [("", "point"), ("devinterp", "lambda +- SE"), ("", "chain std"), ("", "run std"),
           ("kgon's repr.", "lambda +- SE"), ("", "run std"), ("", "mcse"), ("diff/SE", "all"),
           ("", "chains"), ("kgon exact", "lambda +- mcse"), ("kgon default", "lambda +- mcse"),
           ("", "theory")]

LEGEND = """\
devinterp     mean of {runs} runs; chain std: over the {chains} chains of a run, as devinterp
              reports it; run std: of a run's estimate, over the runs
kgon's repr.  sampler sgld, estimator devinterp, {kgon_runs} runs; mcse: that kgon prints for a run
diff/SE       devinterp less kgon's reproduction in combined standard errors, as they are, and for
              the chains alone, with L_n(w*) in place of the initial losses
kgon exact    sampler mala, exact losses, the same nbeta, gamma and n
kgon default  sampler langevin, exact losses, nbeta = n / log n: only points, n and seed given
*             kgon's verdict is not ok"""


def report_text(comparison):
    arguments = comparison.arguments
    head = (f"n {arguments.samples}   batch {arguments.batch}   nbeta {arguments.nbeta:.4g}   "
            f"gamma {arguments.gamma:g}   step {arguments.step_size:g}   {arguments.chains} chains "
            f"of {arguments.burn_in} + {arguments.draws} x {arguments.thin} steps   seed "
            f"{arguments.seed}")
    gate = (f"L_n(w*) by PyTorch and by kgon differ by at most {comparison.worst_loss:.1e}: the "
            "same samples, the same model")
    shows = "\n".join(fill(sentence, 100, initial_indent="- ", subsequent_indent="  ")
                      for sentence in findings(comparison))
    return "\n\n".join([head + "\n" + gate, _table(comparison.points),
                        LEGEND.format(**vars(arguments)), _speed(comparison),
                        "What this shows:\n" + shows])


def report_document(comparison):
    arguments = {name: str(value) if name in ("kgon", "venv") else value
                 for name, value in vars(comparison.arguments).items()}
    return {"settings": arguments, "largest_loss_difference": comparison.worst_loss,
            "points": [_point_document(each) for each in comparison.points],
            "devinterp_wall_seconds": comparison.devinterp_seconds,
            "devinterp_steps_per_s": comparison.devinterp_speed,
            "kgon_wall_seconds": comparison.kgon_seconds,
            "kgon_steps_per_s": comparison.kgon_speed,
            "kgon_exact_wall_seconds": comparison.exact_seconds,
            "kgon_exact_steps_per_s": comparison.exact_speed,
            "findings": findings(comparison)}


def findings(comparison):
    """What the numbers show, a sentence each."""
    points = comparison.points
    return [_agreement(points), _noise(comparison), _mcse(points),
            _exact_difference(comparison), _theory_difference(points)]


def _score(each):
    """devinterp less kgon's reproduction in standard errors: as they are, and chains only."""
    ours, theirs = each.reproduction, each.devinterp
    return ((theirs.estimate - ours.estimate) / math.hypot(theirs.error, ours.error),
            (theirs.centred - ours.centred) / math.hypot(theirs.centred_error, ours.centred_error))


def _agreement(points):
    scores = np.abs([_score(each) for each in points]).max(axis=0)
    verdict = "agree" if scores.max() < SURE else "DIFFER"
    precision = max(math.hypot(each.devinterp.centred_error, each.reproduction.centred_error) /
                    abs(each.reproduction.centred) for each in points)
    return (f"devinterp and kgon's reproduction of it {verdict}: at most {scores[0]:.1f} standard "
            f"errors apart, {scores[1]:.1f} in the chains alone, which are compared to "
            f"{100 * precision:.1f} % or better.")


def _root_mean_square(values):
    return math.sqrt(np.mean(np.square(list(values))))


def _noise(comparison):
    arguments, points = comparison.arguments, comparison.points
    reported = _root_mean_square(each.devinterp.chain_std for each in points)
    scatter = _root_mean_square(each.devinterp.run_std for each in points)
    initial = _root_mean_square(each.initial_std for each in points)
    return (f"The estimate of one devinterp run scatters by {scatter:.3f} from run to run (root "
            f"mean squares over the points). Its std over chains, {reported:.3f}, stands for "
            f"{reported / math.sqrt(arguments.chains):.3f} of that, as {arguments.chains} chains "
            f"are averaged; its initial loss, from {initial_samples(arguments)} of "
            f"{arguments.samples} samples, for {initial:.3f}, which no chain shows because all "
            "share it.")


def _mcse(points):
    mcse = _root_mean_square(each.mcse for each in points)
    scatter = _root_mean_square(each.reproduction.run_std for each in points)
    return (f"kgon's reproduction scatters by {scatter:.3f}; its mcse, which counts the initial "
            f"loss, is {mcse:.3f}.")


def _differences(points, of_point):
    return ", ".join(f"{of_point(each)} at {each.point.label}" for each in points)


def _exact_difference(comparison):
    known = [each for each in comparison.points if math.isfinite(each.exact.estimate)]
    if not known:
        return "kgon's exact estimate has no chain to use at these points."

    def difference(each):
        gap = each.devinterp.estimate - each.exact.estimate
        error = math.hypot(each.devinterp.error, each.exact.mcse)
        return f"{gap:+.3f} +- {error:.3f}"
    mcse = _root_mean_square(each.exact.mcse for each in known)
    return (f"devinterp less kgon's exact estimate, whose mcse is {mcse:.3f} after "
            f"{comparison.exact_seconds:.2f} s, at the same nbeta, gamma and n: "
            f"{_differences(known, difference)}.")


def _theory_difference(points):
    known = [each for each in points
             if math.isfinite(each.point.theory) and math.isfinite(each.point.estimate)]
    if not known:
        return "There is no theory, or no estimate by kgon's defaults, at these points."

    def difference(each):
        theory = each.point.theory
        return f"{each.devinterp.estimate - theory:+.2f} and {each.point.estimate - theory:+.2f}"
    return (f"Less the theory, devinterp at nbeta {known[0].exact.nbeta:.4g} and kgon's default at "
            f"{known[0].point.nbeta:.4g}: {_differences(known, difference)}.")


def _speed(comparison):
    times = comparison.kgon_speed / comparison.devinterp_speed
    rows = [("devinterp", comparison.devinterp_seconds, comparison.devinterp_speed, "one core"),
            ("kgon's repr.", comparison.kgon_seconds, comparison.kgon_speed,
             f"one core, {times:.0f} times as fast"),
            ("kgon exact", comparison.exact_seconds, comparison.exact_speed, "all cores")]
    return "\n".join(f"{name:12} {seconds:8.2f} s {speed:10.0f} chain-steps/s on {cores}"
                     for name, seconds, speed, cores in rows)


def _plus_minus(value, error, point=None):
    mark = "" if point is None or point.verdict == "ok" else "*"
    if not math.isfinite(value):
        return "-" + mark
    return f"{value:.3f} +- {error:.3f}{mark}"


def _row(each):
    theirs, ours = each.devinterp, each.reproduction
    score, of_chains = _score(each)
    theory = f"{each.point.theory:.1f}" if math.isfinite(each.point.theory) else "-"
    return [each.point.label, _plus_minus(theirs.estimate, theirs.error), f"{theirs.chain_std:.3f}",
            f"{theirs.run_std:.3f}", _plus_minus(ours.estimate, ours.error), f"{ours.run_std:.3f}",
            f"{each.mcse:.3f}", f"{score:+.1f}", f"{of_chains:+.1f}",
            _plus_minus(each.exact.estimate, each.exact.mcse, each.exact),
            _plus_minus(each.point.estimate, each.point.mcse, each.point), theory]


def _table(points):
    rows = [[heads[k] for heads in COLUMNS] for k in (0, 1)] + [_row(each) for each in points]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)


def _point_document(each):
    score, of_chains = _score(each)
    return {"point": each.point.label, "loss": each.loss, "initial_loss_std": each.initial_std,
            "devinterp": asdict(each.devinterp), "kgon_reproduction": asdict(each.reproduction),
            "kgon_reproduction_mcse": each.mcse, "difference_in_standard_errors": score,
            "difference_in_standard_errors_chains_only": of_chains,
            "kgon_exact": _estimate_document(each.exact),
            "kgon_default": _estimate_document(each.point), "theory": _number(each.point.theory)}


def _estimate_document(point):
    return {"lambda": _number(point.estimate), "mcse": _number(point.mcse), "nbeta": point.nbeta,
            "verdict": point.verdict}


def _number(value):
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
