"""Probes of vector and full-text search."""

import math
from typing import Any

from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.probes.registry import Ground, run, works

ORDER = "SELECT TOP 9 VALUE c.id FROM c ORDER BY VectorDistance(c.v, @v)"


def fill(at: Ground, metric: str = "cosine") -> ContainerProxy:
    vector = {"path": "/v", "dataType": "float32", "distanceFunction": metric, "dimensions": 2}
    return at.filled(
        {"v": [3, 4], "text": "green tea, black tea"},
        {"v": [0, 2], "text": "a cat drinks tea"},
        {"v": [1], "text": "nothing"},
        {"text": "nothing"},
        vector_embedding_policy={"vectorEmbeddings": [vector]},
    )


def refusal(container: ContainerProxy, text: str, **parameters: Any) -> int:
    try:
        run(container, text, **parameters)
    except CosmosHttpResponseError as error:
        return int(error.status_code or 0)
    return 0


@works("VectorDistance (cosine, dotproduct, euclidean)")
def check_distance(at: Ground) -> None:
    expected = {"cosine": 0.8, "dotproduct": 4.0, "euclidean": math.dist((3, 4), (0, 1))}
    for metric, value in expected.items():
        container = fill(at, metric)
        text = "SELECT VALUE VectorDistance(c.v, @v) FROM c WHERE c.id = '0'"
        [found] = run(container, text, v=[0, 1])
        assert math.isclose(found, value, abs_tol=1e-6), metric
        assert refusal(container, ORDER, v=[1, 2, 3]) == 400


@works("VectorDistance of other vectors")
def check_undeclared(at: Ground) -> None:
    container = fill(at)
    assert refusal(container, "SELECT VALUE VectorDistance([1, 0], [0, 1])") == 400
    assert refusal(container, "SELECT VALUE VectorDistance(c.w, @v) FROM c", v=[0, 1]) == 400


@works("ORDER BY VectorDistance")
def check_vector_order(at: Ground) -> None:
    container = fill(at)
    assert run(container, ORDER, v=[0, 1]) == ["1", "0"]
    assert run(container, ORDER, v=[1, 0]) == ["0", "1"]
    for direction in ("ASC", "DESC"):
        assert refusal(container, f"{ORDER} {direction}", v=[0, 1]) == 400


@works("FullTextContains, ...All, ...Any")
def check_words(at: Ground) -> None:
    container = fill(at)
    expected = {
        "FullTextContains(c.text, 'Tea')": ["0", "1"],
        "FullTextContainsAll(c.text, 'tea', 'cat')": ["1"],
        "FullTextContainsAny(c.text, 'cat', 'green')": ["0", "1"],
        "FullTextContains(c.text, 'drink')": [],
    }
    for condition, names in expected.items():
        assert run(container, f"SELECT VALUE c.id FROM c WHERE {condition}") == names, condition


@works("ORDER BY RANK FullTextScore, RRF, weights")
def check_ranks(at: Ground) -> None:
    container = fill(at)
    score = "FullTextScore(c.text, 'tea')"
    text = f"SELECT TOP 1 VALUE c.id FROM c ORDER BY RANK {score}"
    assert run(container, text) == ["0"]
    fused = "SELECT TOP 1 VALUE c.id FROM c ORDER BY RANK RRF(VectorDistance(c.v, @v), {})"
    assert run(container, fused.format(f"{score}, [9, 1]"), v=[0, 1]) == ["1"]
    assert run(container, fused.format(f"{score}, [1, 9]"), v=[0, 1]) == ["0"]
