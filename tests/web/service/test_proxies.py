"""What is believed of the scheme and host that a proxy reports."""

from __future__ import annotations

import csv
import io

import pytest
from starlette.testclient import TestClient

from search_api.engine import Engine
from web.service.headers import takes_gzip
from web.service.serving import create_service
from web.settings import settings_from

REPORTED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "findings.example"}


def behind(engine: Engine, peer: str) -> TestClient:
    settings = settings_from({"FINDINGS_TRUSTED_PROXIES": "10.0.0.0/8"})
    return TestClient(create_service(engine, settings), base_url="http://inside:8000", client=(peer, 1))


def test_links_that_are_taken_away_name_the_address_that_a_trusted_proxy_reports(engine: Engine) -> None:
    client = behind(engine, "10.1.2.3")
    passage = engine.snapshot().index.passages([0])[0].id
    addresses = {
        f"/api/passages/{passage}/citation": '"permalink":"https://findings.example/documents/',
        "/search.atom?q=plans": 'href="https://findings.example/search.atom?q=plans"',
        f"/pack.ris?p={passage}": "https://findings.example/documents/",
    }
    for address, link in addresses.items():
        assert link in client.get(address, headers=REPORTED).text.replace('": "', '":"'), address
    redirect = client.get("/councils/", headers=REPORTED, follow_redirects=False)
    assert redirect.headers["location"].startswith(("https://findings.example/", "/"))


@pytest.mark.parametrize("said", [{"X-Forwarded-Proto": "gopher"}, {"X-Forwarded-Host": "a b/<script>"}])
def test_what_can_be_no_scheme_or_host_is_not_taken_over(engine: Engine, said: dict[str, str]) -> None:
    text = behind(engine, "10.1.2.3").get("/search.atom?q=plans", headers=said).text
    assert 'href="http://inside:8000/search.atom' in text


def test_anybody_elses_word_is_not_believed(engine: Engine) -> None:
    text = behind(engine, "192.0.2.9").get("/search.atom?q=plans", headers=REPORTED).text
    assert "findings.example/search" not in text


@pytest.mark.parametrize(
    ("address", "column"),
    [
        ("/search.csv?q=plans", "url"),
        ("/api/answer.csv?q=what+is+said+of+plans", "url"),
        ("/api/recommendations?format=csv", "cited_url"),
    ],
)
def test_links_in_csv_are_whole_addresses(engine: Engine, address: str, column: str) -> None:
    text = behind(engine, "10.1.2.3").get(address, headers=REPORTED).content.decode("utf-8-sig")
    links = [row[column] for row in csv.DictReader(io.StringIO(text))]
    assert links
    assert all(link.startswith("https://findings.example/documents/") for link in links)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("x-gzip", True), ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False), ("*;q=0", False), ("identity", False), ("*, gzip;q=0", False),
    ],
)  # fmt: skip
def test_gzip_is_sent_only_to_who_takes_it(engine: Engine, accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) == takes
    response = behind(engine, "192.0.2.9").get("/search?q=plans", headers={"Accept-Encoding": accepted})
    assert (response.headers.get("content-encoding") == "gzip") == takes
