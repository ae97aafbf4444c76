"""Whatever is asked of pages and their files, none fails: each address is answered, or refused with a 4xx.

The routes for programs are tried by their schema in `test_openapi.py`; pages have none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from search_api.engine import Engine
from search_api.fields import ROWS
from web.service.serving import create_service
from web.settings import ServiceSettings

# More are tried by: FINDINGS_EXAMPLES=2000 pytest tests/web/test_hostile_addresses.py
EXAMPLES = int(os.environ.get("FINDINGS_EXAMPLES", "100"))
LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

NAMES = st.sampled_from(
    [
        "q", "council", *ROWS, "without", "sort", "page", "answer_page", "p", "note", "title", "pictures",
        "back", "a", "b", "theme", "id", "error", "utm_source", "", "q[]", "__proto__",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        [
            "visits", "Kelderbridge", "Good", "2015", "2015-02-30", "-1", "0", "1_0", "9" * 30, "1e9", "NaN", "newest",
            "date", "all", "/", "//evil.example", "https://evil.example", "../../etc/passwd", "%00", "\x00", "\ud800",
            "<script>", "{{7*7}}", "x" * 3_000, "inspection report", "1", "٣", "\u202e",
        ]
    ),
    st.text(max_size=30),
)  # fmt: skip
PARTS = st.one_of(
    st.sampled_from(
        ["..", "%2e%2e", "none", "1", "1.png", "99999999999.png", "kelderbridge", "p1", "\x00", "%", " "]
    ),
    st.text(max_size=12),
)
PATHS = st.one_of(
    st.sampled_from(
        [
            "/", "/search", "/search.csv", "/search.json", "/search.atom", "/documents", "/councils", "/compare", "/themes",
            "/themes.csv", "/themes.json", "/pack", "/pack.csv", "/pack.ris", "/pack.json", "/pack.docx", "/check-citations",
            "/about", "/written", "/upload", "/transparency", "/robots.txt",
        ]
    ),
    st.tuples(
        st.sampled_from(["/documents", "/councils", "/recommendations", "/cite", "/pack.", "/assets", ""]),
        st.lists(PARTS, min_size=1, max_size=4),
    ).map(lambda made: made[0] + "/" + "/".join(quote(part.encode("utf-8", "replace"), safe="%") for part in made[1])),
)  # fmt: skip


@pytest.fixture(scope="module")
def service(sample_index: Path) -> Iterator[ASGIApp]:
    with Engine(sample_index) as engine:
        yield create_service(engine, ServiceSettings())


def written(pairs: list[tuple[str, str]]) -> str:
    return urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])


@LIMITS
@given(
    path=PATHS,
    pairs=st.lists(st.tuples(NAMES, VALUES), max_size=6),
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "DELETE", "OPTIONS"]),
)
def test_any_address_is_answered_or_refused(
    service: ASGIApp, path: str, pairs: list[tuple[str, str]], method: str
) -> None:
    # What no handler meant to raise is raised here too.
    client = TestClient(service, follow_redirects=False)
    response = client.request(method, f"{path}?{written(pairs)}")
    assert response.status_code < 500
    # Nobody is led away from here.
    assert not response.headers.get("location", "/").startswith(("//", "http://evil", "https://evil"))


@LIMITS
@given(
    path=st.sampled_from(
        ["/pack/add", "/pack/change", "/check-citations", "/api/check-citations", "/upload"]
    ),
    pairs=st.lists(st.tuples(st.one_of(NAMES, st.sampled_from(["do", "text", "file"])), VALUES), max_size=8),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "text/plain",
            "",
        ]
    ),
    cookie=st.one_of(st.none(), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)),
)
def test_any_form_is_taken_or_refused(
    service: ASGIApp, path: str, pairs: list[tuple[str, str]], kind: str, cookie: str | None
) -> None:
    client = TestClient(service, follow_redirects=False)
    headers = {"Content-Type": kind} | ({"Cookie": f"pack={cookie}"} if cookie else {})
    response = client.post(path, content=written(pairs), headers=headers)
    assert response.status_code < 500
    assert not response.headers.get("location", "/").startswith(("//", "http://evil", "https://evil"))


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"text":' * 50_000, '{"text": 1' + "0" * 5_000 + "}", '"\\ud800"']
)
def test_json_that_is_nested_without_end_is_refused(service: ASGIApp, text: str) -> None:
    client = TestClient(service)
    response = client.post("/api/check-citations", content=text, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["error"]["message"]
