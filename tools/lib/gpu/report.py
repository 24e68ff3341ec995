"""The report: one Markdown file of what the steps found."""


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def markdown(machine, state, names):
    """machine: (term, words) pairs; names: the steps in order."""
    parts = ["# kgon on this machine\n", table(("", ""), machine)]
    found = [(name, state.get(name)) for name in names]
    parts.append(table(("step", "outcome", "seconds", ""), [
        (name, one["status"] if one else "not run", f"{one['seconds']:.0f}" if one else "",
         one["words"] if one else "") for name, one in found]))
    for name, one in found:
        if one and one["markdown"]:
            parts.append(f"## {name.capitalize()}\n\n{one['markdown']}")
    return "\n".join(parts)
