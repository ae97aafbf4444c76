"""A service answers to addresses, to localhost and to the names that it is given, and to no name of somebody else's page."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from indexer.errors import UsageError
from web.service.hosts import KnownHosts, hosts_answered
from web.settings import ServiceSettings, settings_from

ROUTES = [Route(path, lambda _: PlainTextResponse("here")) for path in ("/", "/api/search", "/healthz")]


def status(settings: ServiceSettings, listens_at: str, host: str, path: str = "/", **headers: str) -> int:
    app = KnownHosts(Starlette(routes=ROUTES), hosts_answered(settings, listens_at), settings)
    client = TestClient(app, client=("127.0.0.1", 5))
    response = client.get(
        path, headers={"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    assert "\n" not in response.text
    return response.status_code


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000", "192.168.7.4", "findings.example.org:443"],
)
def test_addresses_and_given_names_are_answered(host: str) -> None:
    assert (
        status(settings_from({"FINDINGS_HOSTS": "findings.example.org, other"}), "192.168.7.4", host) == 200
    )


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "findings.example.org.evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "a:b:80",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    for settings in (ServiceSettings(), settings_from({"FINDINGS_HOSTS": "findings.example.org"})):
        assert status(settings, "127.0.0.1", host) == 421
        assert status(settings, "::1", host, "/api/search") == 421
        assert status(settings, "localhost", host, "/healthz") == 200


def test_who_listens_to_others_or_stands_behind_a_proxy_needs_no_setting() -> None:
    assert status(ServiceSettings(), "192.168.7.4", "findings.example.org") == 200
    behind = settings_from({"FINDINGS_TRUSTED_PROXIES": "127.0.0.1"})
    assert status(behind, "127.0.0.1", "findings.example.org", X_Forwarded_For="10.0.0.9") == 200
    assert status(behind, "127.0.0.1", "findings.example.org") == 421


def test_a_name_that_cannot_be_is_said() -> None:
    with pytest.raises(UsageError, match="FINDINGS_HOSTS"):
        settings_from({"FINDINGS_HOSTS": "http://findings.example.org/"})
