"""Distances between vectors, one by one and for a whole matrix at once."""

import numpy as np
from numpy.typing import NDArray

from local.cosmos.policies import Metric
from local.cosmos.sql.comparison import double
from local.cosmos.values import UNDEFINED, Value

type Vector = NDArray[np.float32]
type Matrix = NDArray[np.float32]


def parse_vector(value: Value) -> Vector | None:
    """An array of numbers as a vector; None if it is anything else."""
    if not isinstance(value, list) or not value:
        return None
    numbers = [
        entry for entry in value if isinstance(entry, int | float) and not isinstance(entry, bool)
    ]
    if len(numbers) != len(value):
        return None
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and its distances too
        return np.array(numbers, np.float32)


def distance(left: Value, right: Value, metric: Metric) -> Value:
    """VectorDistance of two arrays; undefined unless both are vectors of one length."""
    first, second = parse_vector(left), parse_vector(right)
    if first is None or second is None or len(first) != len(second):
        return UNDEFINED
    (score,) = distances(first[None, :], second, metric)
    return double(float(score)) if np.isfinite(score) else UNDEFINED


def distances(
    matrix: Matrix, query: Vector, metric: Metric, lengths: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """The distance of each row from the query; the cosine with a null vector is 0.

    The lengths of the rows are computed unless they are given.
    """
    with np.errstate(all="ignore"):
        return _distances(matrix, query, metric, lengths)


def _distances(
    matrix: Matrix, query: Vector, metric: Metric, lengths: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    if metric == "euclidean":
        return np.linalg.norm(matrix - query, axis=1).astype(np.float32)
    products = matrix @ query
    if metric == "dotproduct":
        return products
    if lengths is None:
        lengths = np.linalg.norm(matrix, axis=1)
    scale = lengths * np.linalg.norm(query)
    return np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)


def nearest_first(metric: Metric) -> bool:
    """Whether larger distances mean nearer vectors, so that they sort descending."""
    return metric != "euclidean"
