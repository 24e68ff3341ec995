"""The critical points that a result carries (group critical_points)."""

from dataclasses import dataclass

import numpy as np


@dataclass
class CriticalPoint:
    label: str
    loss: float
    coefficient: float  # lambda of the theory, NaN where it gives none
    W: np.ndarray  # (hidden, feature)
    b: np.ndarray  # (feature,)
    negative_eigenvalues: int


def critical_points(result):
    """Those of the result, by falling loss; none where it carries no catalogue."""
    group = result.groups.get("critical_points")
    if group is None:
        return []
    labels = group.values("label", ("level",))
    losses = group.values("loss", ("level",))
    coefficients = group.values("lambda", ("level",))
    W = group.values("W", ("level", "hidden", "feature"))
    b = group.values("b", ("level", "feature"))
    negative = group.values("negative_eigenvalues", ("level",))
    points = [CriticalPoint(str(labels[i]), float(losses[i]), float(coefficients[i]), W[i], b[i],
                            int(negative[i])) for i in range(len(labels))]
    return sorted(points, key=lambda point: -point.loss)


def theory(points):
    """{label: lambda} where the theory gives one."""
    return {point.label: point.coefficient for point in points if np.isfinite(point.coefficient)}


def level(points, label):
    """The loss of the label's critical point, NaN without one."""
    return next((point.loss for point in points if point.label == label), float("nan"))
