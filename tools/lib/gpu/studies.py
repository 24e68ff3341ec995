"""Command lines of studies."""


def replaced(study, flags):
    """The study with other values for these flags."""
    changed = list(study)
    for flag, value in zip(flags[::2], flags[1::2]):
        if flag in changed:
            changed[changed.index(flag) + 1] = value
        else:
            changed += [flag, value]
    return changed
