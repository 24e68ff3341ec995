"""What the given files lack for the other figures, and the command that makes it."""

import shlex

from .calibration import grids
from .catalogue import critical_points
from .results import plain


def _path(result):
    return shlex.quote(str(result.path))


def _again(result, flags, output=None):
    """The command that made a result, with other values of these flags; output: another file."""
    try:
        words = shlex.split(plain(result.attribute("command", f"kgon {result.stage}")))
    except ValueError:  # no command line
        words = ["kgon", result.stage]
    for flag in [flag for flag in shlex.split(flags) if flag.startswith("--")] + ["-o"]:
        while flag in words:
            at = words.index(flag)
            takes_value = at + 1 < len(words) and not words[at + 1].startswith("-")
            del words[at:at + 1 + takes_value]
    end = f"-o {output}" if output else f"--overwrite -o {_path(result)}"
    return f"{shlex.join(words)} {flags} {end}"


def _model(results):
    """(flag of the features, labels whose lambda the theory knows) of the first result's model."""
    features = next((result.shape[1] for result in results if result.shape[0] == 2), 6)
    known = [point.label for result in results if result.shape == (2, features)
             for point in critical_points(result) if point.coefficient == point.coefficient]
    labels = list(dict.fromkeys(known)) or ["4"]
    return "" if features == 6 else f" --features {features}", labels


def hints(trains, llcs, samples):
    """(figure, command) for every figure whose data are not there. trains: (trajectories,
    coefficients or None); llcs: Coefficients; samples: Posteriors."""
    found = []
    results = [one.result for one in (*(train for train, _ in trains), *llcs, *samples)]
    flag, labels = _model(results)
    if not trains:
        found.append(("Developmental stages, SGD plateaus, transitions",
                      f"kgon train{flag} --init 4 --trajectories 1000 -o train.nc"))
    for trajectories, coefficients in trains:
        path = _path(trajectories.result)
        if trajectories.result.shape[0] != 2:
            found.append(("Developmental stages", "kgon train --hidden 2 -o train.nc"))
        elif not trajectories.has_parameters:
            found.append((f"Developmental stages of {path}",
                          _again(trajectories.result, "--keep-parameters all")))
        elif coefficients is None:
            found.append((f"λ̂ along the trajectories of {path}",
                          f"kgon llc{flag} --at {path} --chains 4 --burn-in 500 --draws 500 --thin 1 "
                          "-o llc_along.nc"))
    if trains and all(trajectories.cells < 2 for trajectories, _ in trains):
        found.append(("Sweeps", f"kgon train{flag} --init 4,4+,random --lr 0.005,0.01 -o sweep.nc"))
    if not any((~one.of_records).any() for one in llcs):
        found.append(("λ̂ of the critical points", f"kgon llc{flag} --at {','.join(labels)} -o llc.nc"))
    if not any(one.group.has("recommended") or one.group.has("draw_loss") for one in llcs):
        found.append(("Chains: traces and ranks",
                      f"kgon llc{flag} --at {','.join(labels)} --keep-losses all -o chains.nc"))
    if not any(grids(one) for one in llcs):
        found.append(("Calibration", f"kgon llc{flag} --at {labels[-1]} --calibrate -o calibration.nc"))
    for posteriors in samples:
        if posteriors.optional("free_energy") is None:
            found.append((f"Free energies (the sampler of {_path(posteriors.result)} gives none)",
                          _again(posteriors.result, "--sampler smc", "smc.nc")))
        if "posterior" not in posteriors.result.groups:
            found.append((f"Draws of the posterior of {_path(posteriors.result)}",
                          _again(posteriors.result, "--draws 50")))
    if not samples:
        found.append(("Bayesian phases, free energies, draws of the posterior",
                      f"kgon sample{flag} --samples 100,200,400,800 --datasets 4 "
                      "--dataset sampled,population -o sample.nc"))
    return found
