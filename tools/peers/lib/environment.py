"""What the comparisons need around them: a virtual environment with the peers, and the program."""
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DEVINTERP = ["devinterp==1.3.2", "torch", "numpy", "xxhash", "netCDF4"]


class Failure(Exception):
    """Ends the program with a code and one sentence."""

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


def newest_kgon():
    """The program that was built last in this checkout."""
    built = sorted(REPOSITORY.glob("build/*/src/kgon"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise Failure(2, "there is no build/*/src/kgon: build it (tools/quickstart) or give --kgon")
    return built[-1]


def enter_environment(folder, requirements):
    """Goes on in the Python of `folder`, which gets the requirements where it has them not."""
    folder = folder.absolute()
    if folder.exists() and folder.samefile(sys.prefix):
        return
    python = folder / "bin/python"
    stamp = folder / "requirements.txt"
    wanted = "".join(f"{requirement}\n" for requirement in requirements)
    if not stamp.is_file() or stamp.read_text() != wanted:
        _install(folder, python, requirements)
        stamp.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


def _install(folder, python, requirements):
    print(f"Installing {', '.join(requirements)} into {folder}", file=sys.stderr)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(2, f"--venv: cannot make {folder}: {error.strerror}") from error
    log = folder / "install.log"
    commands = [[sys.executable, "-m", "venv", folder],
                [python, "-m", "pip", "install", "--quiet", *requirements]]
    with log.open("w") as output:
        for command in commands:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                raise Failure(69, f"the peers cannot be installed; {log} says why")
