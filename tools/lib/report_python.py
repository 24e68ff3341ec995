#!/usr/bin/env python3
"""Finds a Python with packages, or makes one with pip in build/report_python.

usage: report_python.py [--no-install] REQUIREMENTS...
Prints the interpreter's path; with --no-install it fails where packages are missing. It is
$KGON_REPORT_PYTHON where that is set, python3 where it has all of the packages, else the environment
build/report_python, made or brought up to date.
"""
import os
import subprocess
import sys
from importlib import util
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[2] / "build" / "report_python"
MODULES = {"scikit-learn": "sklearn"}  # where the module has another name than the package


class NoPython(Exception):
    """No Python with the packages could be found or made; the text is a whole sentence."""


def _packages(requirements):
    lines = [line.split("#")[0].strip() for path in requirements
             for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if line]


def _satisfied_here(packages):
    """Whether this very Python has all of them, in the versions that are asked for."""
    try:
        from packaging.requirements import Requirement
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:
        return False
    for package in packages:
        needed = Requirement(package)
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            return False
        module = MODULES.get(needed.name, needed.name)
        if not needed.specifier.contains(found, prereleases=True) or util.find_spec(module) is None:
            return False
    return True


def _why(lines):
    """The last line, and why pip came through to no index, where it says so: without it a package
    that no index was asked for `has no matching distribution`."""
    broken = [line.split("connection broken by ")[1] for line in lines if "connection broken by " in line]
    return "; ".join([lines[-1]] + broken[-1:])


def _run(command, what):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise NoPython(f"{what} failed ({_why(lines)})")


def _made(requirements, install):
    """The environment's interpreter, with the packages of these files."""
    packages = _packages(requirements)
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed.txt"
    have = set(stamp.read_text("utf-8").splitlines()) if stamp.exists() else set()
    if python.exists() and have >= set(packages):
        return python
    if not install:
        raise NoPython(f"{os.path.relpath(ENVIRONMENT)} has not all of {' '.join(packages)}")
    if util.find_spec("ensurepip") is None:
        raise NoPython("Python packages are missing and there is no ensurepip to install them with: "
                       "apt install python3-venv, or pip install -r tools/kgon_report/requirements.txt "
                       "for a Python of your own")
    print(f"Installing with pip into {os.path.relpath(ENVIRONMENT)}: {' '.join(packages)}",
          file=sys.stderr)
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(ENVIRONMENT)], f"python3 -m venv {ENVIRONMENT}")
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
         "pip install")
    stamp.write_text("\n".join(sorted(have | set(packages))) + "\n", "utf-8")
    return python


def report_python(requirements, install=True):
    """The interpreter. NoPython where there is none."""
    if named := os.environ.get("KGON_REPORT_PYTHON"):
        return Path(named)
    if _satisfied_here(_packages(requirements)):
        return Path(sys.executable)
    return _made(requirements, install)


def main():
    arguments = sys.argv[1:]
    install = arguments[:1] != ["--no-install"]
    files = arguments if install else arguments[1:]
    if not files or files[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if files else 2
    try:
        print(report_python([Path(name) for name in files], install))
    except NoPython as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
