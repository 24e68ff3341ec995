"""The train suite: every peer does kgon's own minibatches first, and is timed if it ends where the
double-precision loop does."""
import math
from dataclasses import asdict, dataclass, field

from lib.peer_process import PeerFailure, PeerProcess, say
from lib.sgd_problem import relative_difference
from lib.train_kgon import rebuild_gate

PEERS = {"kgon": "lib.train_kgon", "scalar C++": "lib.train_scalar", "JAX": "lib.train_jax",
         "PyTorch": "lib.train_torch"}
TOLERANCE = 1e-5
GATE_MEMBERS, GATE_STEPS = 8, 500
ROUND_STEPS = 100  # steps of a timing are a multiple: kgon counts epochs of 50 steps
PILOT_STEPS = 100  # of the better of two runs
MOST_STEPS = 1_000_000


@dataclass
class Gate:
    form: str
    precision: str     # in which the form passed, or was tried last
    difference: float  # of a parameter, in units of the largest
    passed: bool


@dataclass
class Timing:
    variant: str
    steps: int
    compile_seconds: float
    pilots: dict                                 # steps/s of each variant that was tried
    repeats: list = field(default_factory=list)  # Times of each


@dataclass
class TrainResult:
    kgon_difference: float  # kgon in double precision from the loop on the rebuilt minibatches
    gates: dict             # of each peer, a list
    skipped: dict           # why a peer has no timing, or a form of it no gate
    sizes: dict             # trajectories -> peer -> Timing


def run_train_suite(options):
    """options: kgon, threads, device, seed, repeats, seconds (of a repeat), sizes, peers, quick."""
    settings = {name: getattr(options, name) for name in ("kgon", "threads", "device", "seed")}
    gate, kgon_end = rebuild_gate(settings, GATE_MEMBERS, GATE_STEPS)
    result = TrainResult(relative_difference(kgon_end, gate.reference), {}, {}, {})
    if result.kgon_difference > TOLERANCE:
        raise RuntimeError(f"kgon is {result.kgon_difference:.1e} from the loop on its own "
                           "minibatches, rebuilt in NumPy")
    peers = {}
    try:
        for name, module in PEERS.items():
            _start_peer(result, peers, settings, gate, name, module)
        best = {}
        for trajectories in options.sizes:
            result.sizes[trajectories] = _time_size(options, result, peers, trajectories, best)
    finally:
        for peer, _ in peers.values():
            peer.close()
    return result


def result_document(result):
    return {"kgon_difference": result.kgon_difference,
            "gates": {name: [asdict(gate) for gate in gates]
                      for name, gates in result.gates.items()},
            "skipped": result.skipped,
            "sizes": {size: {name: asdict(timing) for name, timing in timings.items()}
                      for size, timings in result.sizes.items()}}


def _start_peer(result, peers, settings, gate, name, module):
    """Adds the peer with the forms that passed their gates."""
    say(f"train: gate of {name}")
    try:
        peer = PeerProcess(module, settings)
        result.gates[name] = [_try_gate(result, name, peer, form, gate)
                              for form in peer.call("forms")]
    except PeerFailure as failure:
        result.skipped[name] = str(failure)
        return
    forms = [each.form for each in result.gates[name] if each.passed]
    if forms:
        peers[name] = (peer, forms)
    else:
        result.skipped[name] = "its gate failed"


def _try_gate(result, name, peer, form, gate):
    """In float, and in double where float does not pass."""
    difference = math.inf
    for precision in ("float32", "float64"):
        try:
            difference = relative_difference(peer.call("gate", form, gate, precision),
                                             gate.reference)
        except PeerFailure as failure:
            result.skipped[f"{name}, {form}, {precision}"] = str(failure)
            break
        if difference <= TOLERANCE:
            break
    return Gate(form, precision, difference, difference <= TOLERANCE)


def _time_size(options, result, peers, trajectories, best):
    """best: of each peer, its best variant of the size before; becomes that of this size."""
    timings = {}
    for name, (peer, forms) in peers.items():
        say(f"train: {trajectories} trajectories, the best form of {name}")
        try:
            peer.call("load", trajectories, options.seed)
            best[name], timings[name] = _best_variant(options, peer, forms, trajectories,
                                                      best.get(name))
        except PeerFailure as failure:
            result.skipped[f"{name}, {trajectories} trajectories"] = str(failure)
    for repeat in range(options.repeats):
        say(f"train: {trajectories} trajectories, repeat {repeat + 1} of {options.repeats}")
        for name, timing in timings.items():
            timing.repeats.append(peers[name][0].call("run"))
    return timings


def _best_variant(options, peer, forms, trajectories, previous):
    """The fastest variant and its Timing, compiled for the repeats. Found one setting after
    another; after the first size only those that may depend on it, from the best of the size
    before."""
    searches = {"form": forms, **peer.call("searches")}
    best = {**{name: values[0] for name, values in searches.items()}, **(previous or {})}
    if "chunk" in searches:
        best["chunk"] = searches["chunk"][0]
    if options.quick:
        searches = {"form": forms[:1]}
    elif previous:
        searches = {name: searches[name] for name in ("form", "chunk") if name in searches}
    pilots, variants = {}, {}
    for name, values in searches.items():
        for value in values:
            variant = {**best, name: value}
            if _text(variant) not in pilots:
                variants[_text(variant)] = variant
                pilots[_text(variant)] = _pilot(peer, variant, trajectories)
        best = variants[max(pilots, key=pilots.get)]
    rate = pilots[_text(best)]
    if rate == 0:
        raise PeerFailure("no variant works")
    for _ in range(2):  # a pilot is short: what it has to do besides steps counts for much
        rounds = options.seconds * rate / trajectories / ROUND_STEPS
        steps = min(max(1, math.ceil(rounds)) * ROUND_STEPS, MOST_STEPS)
        seconds = peer.call("compile", best, steps)
        wall = peer.call("run").wall
        if wall > options.seconds / 2:
            break
        rate = trajectories * steps / wall
    return best, Timing(_text(best), steps, seconds, pilots)


def _pilot(peer, variant, trajectories):
    """Steps per second, 0 where the variant does not work."""
    try:
        peer.call("compile", variant, PILOT_STEPS)
        peer.call("run")
        seconds = min(peer.call("run").wall for _ in range(2))
        return trajectories * PILOT_STEPS / seconds
    except PeerFailure as failure:
        if failure.fatal:
            raise
        say(f"  {_text(variant)}: {failure}")
        return 0.0


def _text(variant):
    return ", ".join([variant["form"]] + [f"{name} {value}" for name, value in variant.items()
                                          if name != "form"])
