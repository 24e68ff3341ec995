"""Compiles a source of kernels/ for one model and sm_90."""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ("-std=c++20 -O3 --fmad=false --expt-relaxed-constexpr -Xcompiler=-ffp-contract=off "
         "-gencode arch=compute_90,code=sm_90 -Xptxas -v").split()


def compiled(nvcc, model, source):
    """What nvcc says, and the cubin's bytes. model: (hidden, features)."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "kernels.cubin"
        done = subprocess.run(
            [nvcc, "-cubin", ROOT / "kernels" / source, "-o", binary, f"-I{ROOT}/kernels",
             f"-I{ROOT}/include", f"-DKGON_HIDDEN={model[0]}", f"-DKGON_FEATURES={model[1]}", *FLAGS],
            capture_output=True, text=True)
        said = done.stdout + done.stderr
        if done.returncode != 0:
            sys.exit(said)
        return said, binary.read_bytes()
