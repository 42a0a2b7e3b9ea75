"""The signature of a request: which spellings of it count, and that it stands for one request."""

import base64
import hmac
from email.utils import formatdate
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cosmos.auth import Authorizer
from local.cosmos.errors import CosmosError

KEY = base64.b64encode(b"a key of sixty-four bytes or fewer").decode()
LINK: str = "dbs/d/colls/c/docs/i"
NO_UTF8 = "\udcff"  # what the web server makes of byte FF in a header


def _token(date: str, method: str = "get", kind: str = "docs", link: str = LINK) -> str:
    text = f"{method}\n{kind}\n{link}\n{date.lower()}\n\n"
    digest = hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")
    return f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}"


def _check(token: str, date: str) -> None:
    headers = {"authorization": token, "x-ms-date": date}
    Authorizer(KEY).check("GET", LINK.split("/"), headers)


@given(st.data())
def test_a_client_may_escape_whatever_it_likes_in_capitals_or_not(data: st.DataObject) -> None:
    date = formatdate(usegmt=True)
    spelt = ""
    for character in _token(date):
        escaped = f"%{ord(character):02X}"
        spelt += data.draw(st.sampled_from([character, escaped, escaped.lower()]))
    _check(spelt, date)


def test_escapes_are_undone_once_only() -> None:
    date = formatdate(usegmt=True)
    with pytest.raises(CosmosError) as refused:
        _check(quote(quote(_token(date), safe=""), safe=""), date)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "other", [{"method": "delete"}, {"kind": "colls"}, {"link": "dbs/d/colls/c/docs/j"}]
)
def test_a_signature_is_good_for_its_own_verb_kind_and_item_only(other: dict[str, str]) -> None:
    date = formatdate(usegmt=True)
    with pytest.raises(CosmosError) as refused:
        _check(quote(_token(date, **other), safe=""), date)
    assert refused.value.status == 401


def test_a_signature_is_good_for_its_own_date_only() -> None:
    token = quote(_token(formatdate(1, usegmt=True)), safe="")
    with pytest.raises(CosmosError) as refused:
        _check(token, formatdate(usegmt=True))
    assert refused.value.status == 401


@pytest.mark.parametrize("header", ["authorization", "x-ms-date"])
def test_headers_that_are_no_text_are_refused_like_any_wrong_one(header: str) -> None:
    date = formatdate(usegmt=True)
    headers = {"authorization": _token(date), "x-ms-date": date}
    headers[header] += NO_UTF8
    with pytest.raises(CosmosError) as refused:
        _check(headers["authorization"], headers["x-ms-date"])
    assert refused.value.status == 401


def test_no_signature_is_affected_by_those_checked_before_it() -> None:
    authorizer = Authorizer(KEY)
    for number in (1, 2, 1):
        date = formatdate(usegmt=True)
        link = f"dbs/d/colls/c/docs/{number}"
        headers = {"authorization": quote(_token(date, link=link)), "x-ms-date": date}
        authorizer.check("GET", link.split("/"), headers)
