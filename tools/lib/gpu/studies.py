"""Command lines of studies, without the program and the device."""


def replaced(study, flags):
    """The study with other values for these flags."""
    changed = list(study)
    for flag, value in zip(flags[::2], flags[1::2]):
        if flag in changed:
            changed[changed.index(flag) + 1] = value
        else:
            changed += [flag, value]
    return changed


def refusals(context, studies):
    """What kgon says of the studies that it would not run."""
    said = []
    for study in studies:
        done = context.run([context.kgon, *study, "--dry-run"])
        if done.returncode != 0:
            said.append(f"{' '.join(study)}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return said


def dry_outcome(context, studies):
    """Of a step that needs a GPU: at least its studies are such as kgon takes."""
    refused = refusals(context, studies)
    return ("failed", refused[0], "") if refused else ("skipped", "needs a GPU", "")
