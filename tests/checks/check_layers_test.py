"""Plants violations, one at a time, in a copy of the sources; tools/check_layers must see each.

usage: check_layers_test.py SOURCE_DIR
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# (file, line to append, what the checker says)
PLANTED = [
    ("include/kgon/rng/philox.hpp", '#include "kgon/model/concept.hpp"', "rng may not include"),
    ("include/kgon/core/status.hpp", '#include "kgon/math/scalar.hpp"', "core may not include"),
    ("include/kgon/model/concept.hpp", '#include "kgon/engine/backend.hpp"', "model may not include"),
    ("include/kgon/model/tms/sample.hpp", "#include <vector>", "may not include <vector>"),
    ("include/kgon/batch/observe.hpp", '#include "kgon/model/tms/model.hpp"', "names tms"),
    ("include/kgon/dynamics/sgd.hpp", "// The gradient of TMS.", "names tms"),
    ("include/kgon/dynamics/sgd.hpp", "inline void f() { throw 1; }", "'throw'"),
    ("include/kgon/batch/schedule.hpp", "#ifdef __CUDACC__\n#endif", "a condition on the back end"),
    ("include/kgon/math/scalar.hpp", "#if defined(__AVX2__)\n#endif", "conditional compilation"),
    ("include/kgon/math/pack.hpp", "#if defined(__CUDA_ARCH__)\n#endif", "a condition on the back"),
    ("include/kgon/engine/backend.hpp", '#include "kgon/batch/observe.hpp"', "the engine's contracts"),
    ("include/kgon/engine/backend.hpp", "#include <cuda_runtime.h>", "is for kernels and"),
    ("src/engine/catalogue.cpp", '#include "app/guard.hpp"', "src/engine may not include"),
    ("src/engine/catalogue.cpp", '#include "io/study.hpp"', "src/engine may not include"),
    ("src/io/study.cpp", '#include "app/guard.hpp"', "src/io may not include"),
    ("src/io/study.cpp", '#include "backends/cuda_backend.hpp"', "src/io may not include"),
    ("src/io/study.cpp", "#include <netcdf.h>", "is for src/io/netcdf_file.*"),
    ("src/io/study.cpp", "#if KGON_WITH_CUDA\n#endif", "a condition on the back end"),
    ("src/backends/backend.cpp", '#include "app/guard.hpp"', "src/backends may not include"),
    ("src/backends/backend.cpp", '#include "train_kernels.hpp"', "only src/backends/cuda may"),
    ("src/app/guard.cpp", '#include "kernels/launch.cuh"', "only src/backends/cuda may"),
    ("src/app/guard.cpp", "#include <Eigen/Dense>", "is for src/engine"),
    ("kernels/train.cu", "void f() { kernel<<<1, 1>>>(); }", "only kernels/launch.cuh"),
    ("kernels/train.cu", '#include "app/guard.hpp"', "kernels may not include"),
    ("kernels/train.cu", "\n" * 60, "longer than the 60 lines"),
    ("kernels/launch.cuh", "\n" * 250, "longer than the 250 lines"),
    ("src/app/guard.hpp", "\n" * 250, "longer than the 250 lines"),
]
# None of these is one.
INNOCENT = [
    ("include/kgon/model/concept.hpp", "// try <<< new; throw"),
    ("src/app/guard.cpp", 'const char* text = "<<<";'),
    ("include/kgon/batch/observe.hpp", '#include "kgon/core/status.hpp"'),
    ("src/app/guard.cpp", '#include "io/study.hpp"'),
    ("src/app/guard.cpp", "\n" * 250),
]


def check(checker, root):
    done = subprocess.run([sys.executable, checker, root], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    source = Path(sys.argv[1])
    checker = source / "tools" / "check_layers"
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("include", "kernels", "src"):
            shutil.copytree(source / name, root / name)
        for path, line, *expected in PLANTED + INNOCENT:
            file = root / path
            before = file.read_text()
            file.write_text(before + line + "\n")
            code, output = check(checker, root)
            file.write_text(before)
            right = (code == 1 and expected[0] in output) if expected else code == 0
            if not right:
                failures += 1
                print(f"{path} + {line!r}: exit {code}, expected {expected or 'silence'}\n{output}")
    print(f"{len(PLANTED)} planted, {len(INNOCENT)} innocent, {failures} judged wrong")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
