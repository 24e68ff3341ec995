"""What the figures were measured on."""
import os
import platform
import shutil
import subprocess
from importlib import metadata

from lib.environment import REPOSITORY

PACKAGES = ("jax", "jaxlib", "torch", "numpyro", "blackjax", "arviz", "numpy")


def describe_machine(options):
    """A dictionary of words."""
    return {"processor": _processor(), "cores": f"{os.cpu_count()}, {options.threads} of them used",
            **({"GPU": _gpu()} if options.device == "cuda" else {}),
            "kgon": _output(options.kgon, "version").splitlines()[0] + ", commit " +
            _output("git", "-C", REPOSITORY, "rev-parse", "--short=12", "HEAD"),
            "compiler of the scalar loop": _output("g++", "--version").splitlines()[0],
            "Python": platform.python_version(),
            "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
            "seed": str(options.seed)}


def load_average():
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def _processor():
    """As lscpu names it."""
    for line in _output("lscpu").splitlines():
        if line.startswith("Model name:"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _gpu():
    return _output("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _output(*command):
    if shutil.which(command[0]) is None:
        return "unknown"
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
