"""ASP.NET route templates as paths of the HTTP server."""

import pytest

from local.functions.triggers.http import translate_route


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ("/api/items", ["/api/items"]),
        ("/api/items/{id}", ["/api/items/{id}"]),
        ("/api/{a}/x/{b:int}", [r"/api/{a}/x/{b:-?\d+}"]),
        ("/api/items/{id?}", ["/api/items", "/api/items/{id}"]),
        ("/api/items/{id:alpha?}", ["/api/items", "/api/items/{id:[A-Za-z]+}"]),
        ("/{*rest}", ["/{rest:.*}"]),
        ("/{id?}", ["/", "/{id}"]),
    ],
)
def test_a_template_becomes_paths(template: str, paths: list[str]) -> None:
    assert translate_route(template) == paths
