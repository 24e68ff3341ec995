"""kgon bench: rates against ensemble size, with its gates and the roof it measures."""

import json

from .report import table


def run(context):
    flags = ["--device", context.device, "--json"]
    if context.dry:
        flags += ["--sizes", "64", "--samples", "200", "--seconds", "0.01", "--repeats", "3"]
    done = context.run([context.kgon, "bench", *flags])
    if done.returncode != 0:
        return "failed", (done.stderr.strip().splitlines() or ["no message"])[-1], ""
    found = json.loads(done.stdout)
    rows = [(case["suite"], case["case"], f"{case['size']:,}", case.get("samples") or "",
             f"{case['rate_median'] / 1e6:,.2f}",
             f"{case['rate_min'] / 1e6:,.2f} to {case['rate_max'] / 1e6:,.2f}",
             f"million {case['unit']}/s",
             f"{case['fraction_of_roof']:.0%}" if case.get("fraction_of_roof") else "")
            for case in found["cases"]]
    best = max(found["cases"], key=lambda case: case["rate_median"])
    words = f"{len(rows)} cases; {best['case']}: {best['rate_median'] / 1e6:,.1f} M {best['unit']}/s"
    tables = [table(("suite", "case", "size", "n", "median", "range", "unit", "of roof"), rows),
              table(("gate", "found", "passed"), [_gate_row(gate) for gate in found["gates"]])]
    if found["roof"]:
        tables.append(f"The roof: {found['cases'][0]['roof_gflops']:,.0f} GFLOP/s of multiply-adds.")
    if found["left_out"]:
        tables.append("Left out, as too long: " + ", ".join(
            f"{case['case']} x {case['size']:,}" for case in found["left_out"]) + ".")
    return "passed", words, "\n\n".join(tables)


def _gate_row(gate):
    return (gate["name"], gate["finding"], "yes" if gate["passed"] else "**no**")
