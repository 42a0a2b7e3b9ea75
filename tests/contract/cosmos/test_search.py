"""Vector, full-text and hybrid search, in the forms that agents use."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import MakeContainer


def policy(metric: str, path: str = "/embedding", dimensions: int = 3) -> dict[str, Any]:
    return {
        "path": path,
        "dataType": "float32",
        "distanceFunction": metric,
        "dimensions": dimensions,
    }


VECTORS = {
    "same": [1.0, 0.0, 0.0],
    "near": [0.9, 0.1, 0.0],
    "far": [0.0, 1.0, 0.0],
    "long": [5.0, 1.0, 0.0],
    "opposite": [-1.0, 0.0, 0.0],
}
TEXTS = {
    "same": "I drink coffee",
    "near": "green tea, black tea, always tea",
    "far": "tea",
    "long": "a long story about a cat who drank a little tea on a rainy day in spring",
    "opposite": "nothing of interest",
}


def fill(container: ContainerProxy) -> ContainerProxy:
    for at, (name, vector) in enumerate(VECTORS.items()):
        container.create_item(
            {
                "id": name,
                "user_id": "u",
                "thread_id": f"t{at % 2}",
                "content": TEXTS[name],
                "embedding": vector,
                "at": at,
            }
        )
    for name, more in (("none", {}), ("short", {"embedding": [1.0]}), ("text", {"embedding": "x"})):
        container.create_item(
            {"id": name, "user_id": "u", "thread_id": "t0", "content": "no vector"} | more
        )
    return container


@pytest.fixture(scope="module")
def memories(make_container: MakeContainer) -> ContainerProxy:
    vectors = {"vectorEmbeddings": [policy("cosine")]}
    return fill(make_container("/user_id", "/thread_id", vector_embedding_policy=vectors))


def run(container: ContainerProxy, text: str, scope: Any = ("u",), **parameters: Any) -> list[Any]:
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    where: Any = {"partition_key": list(scope)} if scope else {"enable_cross_partition_query": True}
    return list(container.query_items(text, parameters=given, **where))


V = "VectorDistance(c.embedding, @v)"
BEST = f"SELECT TOP @k VALUE c.id FROM c ORDER BY {V}"


@pytest.mark.parametrize("scope", [None, ["u"]])
def test_the_most_similar_items_come_first(memories: ContainerProxy, scope: Any) -> None:
    names = run(memories, BEST, scope, k=10, v=[1, 0, 0])
    assert names == ["same", "near", "long", "far", "opposite"]


def test_items_without_a_vector_of_the_policy_are_left_out(memories: ContainerProxy) -> None:
    assert not {"none", "short", "text"} & set(run(memories, BEST, k=100, v=[1, 0, 0]))


@pytest.mark.parametrize(
    ("metric", "order", "score"),
    [
        ("cosine", ["same", "near", "long", "far", "opposite"], 1.0),
        ("dotproduct", ["long", "same", "near", "far", "opposite"], 5.0),
        ("euclidean", ["same", "near", "far", "opposite", "long"], 0.0),
    ],
)
def test_nearness_is_measured_as_the_policy_says(
    make_container: MakeContainer, metric: str, order: list[str], score: float
) -> None:
    vectors = {"vectorEmbeddings": [policy(metric)]}
    container = fill(make_container("/user_id", "/thread_id", vector_embedding_policy=vectors))
    rows = run(container, f"SELECT TOP 9 c.id, {V} AS s FROM c ORDER BY {V}", v=[1, 0, 0])
    assert [row["id"] for row in rows] == order
    assert rows[0]["s"] == pytest.approx(score)


def test_the_score_is_selected_with_whole_items(memories: ContainerProxy) -> None:
    (row,) = run(memories, f"SELECT TOP 1 c AS doc, {V} AS s FROM c ORDER BY {V}", v=[0, 1, 0])
    assert row["doc"]["embedding"] == VECTORS["far"]
    assert row["s"] == pytest.approx(1.0)


def test_a_filter_may_use_the_score(memories: ContainerProxy) -> None:
    text = f"SELECT VALUE c.id FROM c WHERE {V} > 0.5"
    assert sorted(run(memories, text, v=[1, 0, 0])) == ["long", "near", "same"]


def test_filters_come_before_the_ranking(memories: ContainerProxy) -> None:
    text = f"SELECT TOP 2 VALUE c.id FROM c WHERE c.at >= 2 AND c.thread_id = 't0' ORDER BY {V}"
    assert run(memories, text, None, v=[1, 0, 0]) == ["far", "opposite"]


def test_an_updated_vector_is_searched_as_updated(make_container: MakeContainer) -> None:
    vectors = {"vectorEmbeddings": [policy("cosine")]}
    container = fill(make_container("/user_id", "/thread_id", vector_embedding_policy=vectors))
    assert run(container, BEST, k=1, v=[0, 0, 1]) == ["same"]
    container.patch_item(
        "far", ["u", "t0"], [{"op": "set", "path": "/embedding", "value": [0, 0, 2]}]
    )
    assert run(container, BEST, k=1, v=[0, 0, 1]) == ["far"]
    container.patch_item("far", ["u", "t0"], [{"op": "remove", "path": "/embedding"}])
    assert "far" not in run(container, BEST, k=9, v=[0, 0, 1])
    container.delete_item("same", ["u", "t0"])
    assert "same" not in run(container, BEST, k=9, v=[0, 0, 1])


def test_queries_that_look_into_vectors_see_them(memories: ContainerProxy) -> None:
    text = "SELECT VALUE c.id FROM c WHERE c.embedding[0] > 0.5"
    assert run(memories, text) == ["same", "near", "long", "short"]
    text = "SELECT VALUE ARRAY_LENGTH(c.embedding) FROM c WHERE IS_DEFINED(c.embedding)"
    assert run(memories, text) == [3, 3, 3, 3, 3, 1]
    text = "SELECT VALUE COUNT(c.embedding) FROM c"
    assert run(memories, text) == [7]
    text = "SELECT TOP 1 VALUE VectorDistance(c.embedding, c.embedding) FROM c"
    assert run(memories, text) == [pytest.approx(1.0)]
    text = "SELECT VALUE SUM(x) FROM c JOIN x IN c.embedding WHERE c.id = 'long'"
    assert run(memories, text) == [6]


def test_a_vector_of_another_length_is_refused(memories: ContainerProxy) -> None:
    for vector in ([1, 0], "text", None):
        with pytest.raises(CosmosHttpResponseError, match="policy") as failure:
            run(memories, BEST, k=1, v=vector)
        assert failure.value.status_code == 400


def test_a_direction_of_the_vector_order_is_refused(memories: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError, match="most similar"):
        run(memories, BEST + " DESC", k=1, v=[1, 0, 0])


def test_full_text_scores_prefer_many_hits_in_short_texts(memories: ContainerProxy) -> None:
    text = "SELECT TOP 3 VALUE c.id FROM c ORDER BY RANK FullTextScore(c.content, 'tea')"
    assert set(run(memories, text)[:2]) == {"near", "far"}
    assert run(memories, text)[2] == "long"


def test_rank_fusion_joins_nearness_and_words(memories: ContainerProxy) -> None:
    text = (
        f"SELECT TOP 3 c.id, {V} AS s FROM c WHERE c.user_id = @u"
        f" ORDER BY RANK RRF({V}, FullTextScore(c.content, @kw0, @kw1))"
    )
    rows = run(memories, text, None, u="u", v=[1, 0, 0], kw0="tea", kw1="green")
    assert rows[0]["id"] == "near"
    assert rows[0]["s"] == pytest.approx(0.9939, abs=1e-3)


def test_weights_shift_the_fusion(memories: ContainerProxy) -> None:
    score = "FullTextScore(c.content, 'cat')"
    text = f"SELECT TOP 1 VALUE c.id FROM c ORDER BY RANK RRF({V}, {score}, @w)"
    assert run(memories, text, v=[1, 0, 0], w=[10, 1]) == ["same"]
    assert run(memories, text, v=[1, 0, 0], w=[1, 10]) == ["long"]


def test_items_without_a_vector_keep_the_last_rank_in_a_fusion(memories: ContainerProxy) -> None:
    score = "FullTextScore(c.content, 'vector')"
    text = f"SELECT TOP 20 VALUE c.id FROM c ORDER BY RANK RRF({V}, {score})"
    names = run(memories, text, v=[1, 0, 0])
    assert names == ["same", "near", "long", "far", "none", "short", "text", "opposite"]


def test_several_vectors_of_one_item_are_searched_apart(make_container: MakeContainer) -> None:
    policies = [policy("cosine", "/a", 2), policy("euclidean", "/deep/b", 3)]
    container = make_container("/pk", vector_embedding_policy={"vectorEmbeddings": policies})
    container.create_item({"id": "1", "pk": "p", "a": [1, 0], "deep": {"b": [9, 9, 9], "k": 1}})
    container.create_item({"id": "2", "pk": "p", "a": [0, 1], "deep": {"b": [0, 0, 1], "k": 2}})
    text = "SELECT TOP 1 VALUE c.deep FROM c ORDER BY VectorDistance(c.deep.b, @v)"
    rows = container.query_items(
        text, parameters=[{"name": "@v", "value": [0, 0, 0]}], partition_key="p"
    )
    assert list(rows) == [{"b": [0, 0, 1], "k": 2}]
    text = "SELECT TOP 1 VALUE c.deep.k FROM c ORDER BY VectorDistance(c.a, [1, 0])"
    assert list(container.query_items(text, partition_key="p")) == [1]


def test_a_large_search_finds_what_a_small_one_would(make_container: MakeContainer) -> None:
    vectors = {"vectorEmbeddings": [policy("cosine", dimensions=2)]}
    container = make_container("/pk", vector_embedding_policy=vectors)
    for start in range(0, 1200, 100):
        batch = [
            ("create", ({"id": f"{at}", "pk": "p", "n": at, "embedding": [1, (at * 37) % 1200]},))
            for at in range(start, start + 100)
        ]
        container.execute_item_batch(batch, partition_key="p")
    text = "SELECT TOP 7 c.n, VectorDistance(c.embedding, [1, 0]) AS s FROM c WHERE c.n % 3 = 1"
    order = " ORDER BY VectorDistance(c.embedding, [1, 0])"
    wanted = sorted((at for at in range(1, 1200, 3)), key=lambda at: (at * 37) % 1200)
    rows = list(container.query_items(text + order, partition_key="p"))
    assert [row["n"] for row in rows] == wanted[:7]
    assert [row["s"] for row in rows] == sorted((row["s"] for row in rows), reverse=True)
    skipped = "SELECT VALUE c.n FROM c WHERE c.n % 3 = 1" + order + " OFFSET 3 LIMIT 4"
    assert list(container.query_items(skipped, partition_key="p")) == wanted[3:7]
