"""What a container says about its vectors and texts, read from its properties."""

from dataclasses import dataclass
from typing import Literal

from local.cosmos.errors import bad_request
from local.cosmos.values import Document, Json

type Metric = Literal["cosine", "dotproduct", "euclidean"]
type Path = tuple[str, ...]

METRICS: dict[str, Metric] = {
    "cosine": "cosine",
    "dotproduct": "dotproduct",
    "euclidean": "euclidean",
}
DATA_TYPES = ("float32", "float16", "uint8", "int8")


@dataclass(frozen=True)
class VectorPolicy:
    """One vector path: where it is, how long it is and how nearness is measured."""

    path: Path
    dimensions: int
    metric: Metric


def parse_vector_policies(properties: Document) -> tuple[VectorPolicy, ...]:
    """The vectors of container properties.

    Raises:
        CosmosError: 400, the policy is malformed.
    """
    policy = properties.get("vectorEmbeddingPolicy")
    embeddings = policy.get("vectorEmbeddings") if isinstance(policy, dict) else None
    if embeddings is None:
        return ()
    if not isinstance(embeddings, list):
        raise bad_request("'vectorEmbeddingPolicy.vectorEmbeddings' must be an array.")
    return tuple(_parse_vector(entry) for entry in embeddings)


def _parse_vector(entry: Json) -> VectorPolicy:
    if not isinstance(entry, dict):
        raise bad_request("Each vector embedding must be an object.")
    path, dimensions = entry.get("path"), entry.get("dimensions")
    metric = METRICS.get(str(entry.get("distanceFunction", "cosine")).lower())
    data_type = entry.get("dataType", "float32")
    if not isinstance(path, str) or not path.startswith("/") or "*" in path or len(path) == 1:
        raise bad_request(f"Vector path {path!r} must look like '/property'.")
    if not isinstance(dimensions, int) or not 1 <= dimensions <= 4096:
        raise bad_request(f"Vector '{path}' needs 'dimensions' between 1 and 4096.")
    if metric is None:
        raise bad_request(f"Vector '{path}': the distance function must be one of {list(METRICS)}.")
    if data_type not in DATA_TYPES:
        raise bad_request(f"Vector '{path}': the data type must be one of {list(DATA_TYPES)}.")
    return VectorPolicy(tuple(path[1:].split("/")), dimensions, metric)
