"""The evidence pack's page and forms: kept by the browser, shared by a link, changed by nobody else."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response as Sent
from starlette.testclient import TestClient

from search_api.engine import Engine
from search_api.packs.pack import MOST_PASSAGES, Basket, Entry
from search_api.search.results import search_passages
from tests.web.checked_client import CheckedClient
from web.pages.packs.basket import COOKIE, LONGEST_COOKIE, from_cookie, keep, own_address


@pytest.fixture
def browser_like(app: FastAPI) -> TestClient:
    """A client that keeps cookies, as a browser does, and follows no redirect by itself."""
    return TestClient(app, base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def ids(engine: Engine) -> list[str]:
    return [hit.passage.id for hit in search_passages(engine.snapshot(), "return interviews").hits[:3]]


def post(client: TestClient, path: str, fields: list[tuple[str, str]], **headers: str):  # noqa: ANN201
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return client.post(path, content=urlencode(fields), headers=sent)


def held(location: str) -> list[str]:
    return parse_qs(urlsplit(location).query).get("p", [])


def test_passages_add_up_from_page_to_page(browser_like: TestClient, ids: list[str]) -> None:
    first = post(browser_like, "/pack/add", [("p", ids[0]), ("back", "/search?q=x")])
    assert first.status_code == 303 and held(first.headers["location"]) == ids[:1]
    second = post(browser_like, "/pack/add", [("p", ids[1]), ("p", ids[0])])
    assert held(second.headers["location"]) == ids[:2]
    again = browser_like.get("/pack")
    assert again.status_code == 303 and held(again.headers["location"]) == ids[:2]


def test_opening_a_link_leaves_ones_own_pack_as_it_is(browser_like: TestClient, ids: list[str]) -> None:
    post(browser_like, "/pack/add", [("p", ids[0])])
    assert "set-cookie" not in browser_like.get(f"/pack?p={ids[1]}").headers
    assert held(browser_like.get("/pack").headers["location"]) == ids[:1]


@pytest.mark.parametrize(
    "fields", [[("note", "x" * 500_000)], [("note", "")] * 2_000, []], ids=["too long", "too many", "nothing"]
)
def test_form_that_is_not_read_empties_nothing(
    browser_like: TestClient, ids: list[str], fields: list[tuple[str, str]]
) -> None:
    post(browser_like, "/pack/add", [("p", ids[0])])
    refused = post(browser_like, "/pack/change", fields)
    assert refused.status_code in (400, 413) and "set-cookie" not in refused.headers
    assert held(browser_like.get("/pack").headers["location"]) == ids[:1]


def test_form_of_another_site_changes_nothing(browser_like: TestClient, ids: list[str]) -> None:
    post(browser_like, "/pack/add", [("p", ids[0])])
    for path, fields in (
        ("/pack/add", [("p", ids[1])]),
        ("/pack/change", []),
        ("/pack/change", [("do", "empty")]),
    ):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            refused = post(browser_like, path, fields, **headers)
            assert refused.status_code == 403
            assert "set-cookie" not in refused.headers
    assert held(browser_like.get("/pack").headers["location"]) == ids[:1]


def test_cookie_is_for_this_site_and_no_script(browser_like: TestClient, ids: list[str]) -> None:
    said = post(browser_like, "/pack/add", [("p", ids[0])]).headers["set-cookie"].lower()
    assert "httponly" in said and "samesite=strict" in said and "path=/" in said


def test_buttons_move_remove_and_empty(browser_like: TestClient, ids: list[str]) -> None:
    fields = [("p", ids[0]), ("note", "one"), ("p", ids[1]), ("note", "two"), ("title", "T")]
    moved = post(browser_like, "/pack/change", [*fields, ("do", "up:2")]).headers["location"]
    assert held(moved) == [ids[1], ids[0]]
    assert parse_qs(urlsplit(moved).query)["note"] == ["two", "one"]
    removed = post(browser_like, "/pack/change", [*fields, ("do", "remove:1")]).headers["location"]
    assert held(removed) == [ids[1]]
    emptied = post(browser_like, "/pack/change", [*fields, ("do", "empty")])
    assert emptied.headers["location"] == "/pack"
    assert browser_like.get("/pack").status_code == 200


@pytest.mark.parametrize(
    "do", ["", "nothing", "up:", "remove:../etc", "explode:1", "remove:0", "remove:9", "up:²"]
)
def test_button_that_is_none_only_keeps_what_was_typed(
    browser_like: TestClient, ids: list[str], do: str
) -> None:
    kept = post(browser_like, "/pack/change", [("p", ids[0]), ("note", "x"), ("do", do)])
    assert held(kept.headers["location"]) == ids[:1]


def test_notes_too_long_for_a_link_are_kept_on_the_page_and_said(
    browser_like: TestClient, engine: Engine
) -> None:
    document = next(d for d in engine.snapshot().index.documents() if d.kind == "inspection report")
    whole = engine.snapshot().index.document(document.id)
    assert whole is not None
    fields = [pair for p in whole.passages[:40] for pair in (("p", p.id), ("note", "é" * 900))]
    answered = post(browser_like, "/pack/change", [*fields, ("do", "save")])
    assert answered.status_code == 400
    assert "too long for a link" in answered.text


@pytest.mark.parametrize(
    "body", [b"", b"p=" + b"a" * 500_000, b"&".join([b"p=a"] * 5_000), b"\xff\xfe=%zz", b"p=%00"]
)
def test_form_that_is_none_is_answered_with_a_page(browser_like: TestClient, body: bytes) -> None:
    answered = browser_like.post("/pack/add", content=body)
    assert answered.status_code in {303, 400, 413}


def test_page_shows_quotes_references_and_what_is_missing(client: CheckedClient, ids: list[str]) -> None:
    page = client.page(
        "/pack?" + urlencode([("p", ids[0]), ("note", "<b>mine</b>"), ("p", "gone-1.p1"), ("note", "")])
    )
    assert len(page.xpath("//ol[@class='app-pack']/li")) == 1
    assert page.xpath("//textarea")[0].text_content().strip() == "<b>mine</b>"
    assert "gone-1.p1" in page.text_content()


def test_full_pack_with_full_notes_stays_a_light_page(client: CheckedClient, engine: Engine) -> None:
    document = next(d for d in engine.snapshot().index.documents() if d.file.startswith("kelderbridge-2015"))
    whole = engine.snapshot().index.document(document.id)
    assert whole is not None
    longest = sorted(whole.passages, key=lambda p: len(p.text))[-80:]
    for note in ("", "é" * 40):
        fields = [pair for p in longest for pair in (("p", p.id), ("note", note))]
        page = client.page("/pack?" + urlencode(fields))
        assert len(page.xpath("//ol[@class='app-pack']/li")) == MOST_PASSAGES


@pytest.mark.parametrize("kind", ["docx", "csv", "ris", "json"])
def test_files_are_saved_under_the_title(client: CheckedClient, ids: list[str], kind: str) -> None:
    answered = client.get(f"/pack.{kind}?title=My+%22pack%22%0d%0aX-Bad:+1&p={ids[0]}")
    assert answered.headers["content-disposition"] == f'attachment; filename="my-pack-x-bad-1.{kind}"'
    assert len(answered.content) > 100


def test_word_document_has_the_printed_page_where_it_is_wished(client: CheckedClient, engine: Engine) -> None:
    hits = search_passages(engine.snapshot(), "return interviews").hits
    printed = next(hit for hit in hits if hit.document.file.endswith(".pdf"))
    with_picture = client.get(f"/pack.docx?p={printed.passage.id}&pictures=1").content
    assert len(with_picture) > len(client.get(f"/pack.docx?p={printed.passage.id}").content) + 5_000


def test_file_of_another_kind_is_not_there(client: CheckedClient) -> None:
    client.get("/pack.exe", expect=404)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("/search?q=x", True), ("/documents/a/p1#p1", True), ("https://evil.example/", False), ("//evil.example", False),
        ("/\\evil.example", False), ("javascript:alert(1)", False), ("/search?q=\n", False), ("", False),
    ],
)  # fmt: skip
def test_way_back_never_leads_away(address: str, ours: bool) -> None:
    assert own_address(address) == (address if ours else "")


@given(st.text(max_size=60))
def test_cookie_that_is_not_ours_is_an_empty_pack_or_a_pack(value: str) -> None:
    assert isinstance(from_cookie(value), Basket)


def test_cookie_holds_the_pack_and_leaves_notes_out_before_it_grows_too_long() -> None:
    short = Basket("T", (Entry("a.p1", "note"), Entry("a.p2")))
    long = Basket("T", tuple(Entry(f"a-document.p{n}", "x" * 500) for n in range(20)))
    for basket, expected in (
        (short, short),
        (long, Basket("T", tuple(Entry(e.passage_id) for e in long.entries))),
    ):
        response = Sent()
        keep(response, basket)
        value = response.headers["set-cookie"].split(f"{COOKIE}=")[1].split(";")[0]
        assert len(value) <= LONGEST_COOKIE
        assert from_cookie(value) == expected
