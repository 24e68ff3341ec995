"""The posterior suite: effective samples per second of NUTS by NumPyro and BlackJAX, with the
literal density and with prefix sums, and of kgon's NUTS and HMC."""
import statistics
from dataclasses import asdict, dataclass, field

import numpy as np

from lib.effective_size import bulk_ess, bulk_rhat
from lib.peer_process import PeerFailure, PeerProcess, say
from lib.posterior_kgon import make_problem, run_posterior
from lib.posterior_problem import invariants, reference_density

PEERS = {"NumPyro": "lib.nuts_numpyro", "BlackJAX": "lib.nuts_blackjax"}
KGON_SAMPLERS = ("nuts", "hmc")
TOLERANCE = 1e-5
MOST_ERRORS = 3.0  # standard errors by which mean energies may differ
GATE_POINTS = 64
PRECISIONS = ("float32", "float64")


@dataclass
class DensityGate:
    precision: str
    density: float   # largest relative difference from double precision
    # The same of a component, in units of the largest one of the point; None where it is not told.
    gradient: float | None
    passed: bool


@dataclass
class Repeat:
    ess: float      # bulk, the smallest of all invariants
    smallest: str   # which that is
    rhat: float     # the largest of all invariants
    energy: float   # mean of n L
    energy_error: float
    warmup_seconds: float
    draw_seconds: float
    cpu_seconds: float
    leapfrogs: int  # of the draws
    divergences: int


@dataclass
class Sampler:
    compile_seconds: float
    repeats: list = field(default_factory=list)
    energy_score: float = 0.0  # mean n L less that of kgon's NUTS, in standard errors
    agrees: bool = True


@dataclass
class PosteriorResult:
    skipped: dict = field(default_factory=dict)
    gates: dict = field(default_factory=dict)  # n -> name -> DensityGate
    sizes: dict = field(default_factory=dict)  # n -> name -> Sampler


def run_posterior_suite(options):
    """options: kgon, threads, device, seed, posteriors (n, start), chains, warmup, draws,
    posterior_repeats."""
    settings = {name: getattr(options, name) for name in ("kgon", "threads", "device", "seed")}
    result, peers = PosteriorResult(), {}
    for name, module in PEERS.items():
        try:
            peers[name] = PeerProcess(module, settings)
        except PeerFailure as failure:
            result.skipped[name] = str(failure)
    try:
        for samples, init in options.posteriors:
            _run_size(options, settings, result, peers, samples, init)
    finally:
        for peer in peers.values():
            peer.close()
    return result


def result_document(result):
    return {"skipped": result.skipped,
            "gates": {n: {name: asdict(gate) for name, gate in gates.items()}
                      for n, gates in result.gates.items()},
            "sizes": {n: {name: asdict(sampler) for name, sampler in samplers.items()}
                      for n, samplers in result.sizes.items()}}


def median_of(sampler, value):
    """The median of value(repeat)."""
    return statistics.median(map(value, sampler.repeats))


def _run_size(options, settings, result, peers, samples, init):
    lengths = (options.chains, options.warmup, options.draws)

    def kgon(sampler, seed):
        return run_posterior(settings, sampler, samples, init, *lengths, seed)
    problem = make_problem(settings, samples, init, options.chains)
    say(f"posterior, n = {samples}: gates")
    run, reported = kgon("nuts", 0)
    gates = result.gates[samples] = {}
    points = _gate_points(run.points, reported)
    gates["kgon"] = _kgon_gate(problem, points)
    runs = {f"kgon {sampler}": lambda seed, sampler=sampler: kgon(sampler, seed)[0]
            for sampler in KGON_SAMPLERS}
    samplers = {name: Sampler(0.0) for name in runs}
    for name, peer in peers.items():
        for density in peer.call("densities"):
            title = f"{name}, {density}"
            try:
                gates[title] = _peer_gate(problem, points, peer, density)
                if not gates[title].passed:
                    result.skipped[f"{title}, n = {samples}"] = "its gate failed"
                    continue
                say(f"posterior, n = {samples}: compiles {title}")
                seconds = peer.call("compile", density, problem, options.warmup, options.draws)
            except PeerFailure as failure:
                result.skipped[f"{title}, n = {samples}"] = str(failure)
                continue
            samplers[title] = Sampler(seconds)
            runs[title] = lambda seed, peer=peer, density=density: peer.call("run", density, seed)
    _run_repeats(options, problem, runs, samplers, samples)
    _compare_energies(samplers)
    result.sizes[samples] = samplers


def _run_repeats(options, problem, runs, samplers, samples):
    for repeat in range(options.posterior_repeats):
        say(f"posterior, n = {samples}: repeat {repeat + 1} of {options.posterior_repeats}")
        for name, run in runs.items():
            samplers[name].repeats.append(_summary(problem, run(options.seed + repeat + 1)))


def _gate_points(points, reported):
    """Some draws [points, parameters] with the log densities that kgon reports."""
    flat = points.reshape(-1, points.shape[-1])
    chosen = np.linspace(0, len(flat) - 1, min(GATE_POINTS, len(flat))).astype(int)
    return flat[chosen], reported.ravel()[chosen]


def _kgon_gate(problem, points):
    reference, _ = reference_density(problem, points[0])
    difference = float(np.abs(points[1] / reference - 1).max())
    if difference > TOLERANCE:
        raise RuntimeError(f"kgon's log densities are {difference:.1e} from those of the data set "
                           "rebuilt in NumPy")
    return DensityGate("float32", difference, None, True)


def _peer_gate(problem, points, peer, density):
    """In float, and in double where float does not pass."""
    reference, gradient = reference_density(problem, points[0])
    scale = np.abs(gradient).max(axis=1, keepdims=True)
    for precision in PRECISIONS:
        found, found_gradient = peer.call("gate", density, problem, points[0], precision)
        gate = DensityGate(precision, float(np.abs(found / reference - 1).max()),
                           float((np.abs(found_gradient - gradient) / scale).max()), False)
        gate.passed = max(gate.density, gate.gradient) <= TOLERANCE
        if gate.passed:
            break
    return gate


def _summary(problem, run):
    values = invariants(problem, run.points)
    sizes = {name: bulk_ess(each) for name, each in values.items()}
    smallest = min(sizes, key=sizes.get)
    energy = values["n L"]
    return Repeat(sizes[smallest], smallest, max(map(bulk_rhat, values.values())),
                  float(energy.mean()), float(energy.std() / np.sqrt(sizes["n L"])),
                  run.warmup_seconds, run.draw_seconds, run.cpu_seconds, run.draw_leapfrogs,
                  run.divergences)


def _compare_energies(samplers):
    """Mean energies of all repeats against those of kgon's NUTS."""
    def pooled(sampler):
        energies = [each.energy for each in sampler.repeats]
        errors = [each.energy_error for each in sampler.repeats]
        return np.mean(energies), np.sqrt(np.sum(np.square(errors))) / len(errors)
    ours, our_error = pooled(samplers["kgon nuts"])
    for name, sampler in samplers.items():
        theirs, error = pooled(sampler)
        if name != "kgon nuts":
            sampler.energy_score = float((theirs - ours) / np.hypot(error, our_error))
        sampler.agrees = abs(sampler.energy_score) <= MOST_ERRORS
