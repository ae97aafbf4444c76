"""Whatever is sent to the routes that OpenAPI lists, none fails: no 5xx, the contract's error for what can't be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.engine import Engine
from web.app import create_app
from web.service.serving import create_service
from web.settings import ServiceSettings

# More are tried by: FINDINGS_EXAMPLES=500 pytest tests/web/test_openapi.py
EXAMPLES = int(os.environ.get("FINDINGS_EXAMPLES", "20"))
# What the schema allows, and what it doesn't.
GENERATED = schemathesis.Config.from_dict({"generation": {"mode": "all"}})


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
def _as_it_is(ctx: object, value: object) -> bytes:
    del ctx
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class _Served:
    """The application as it is served, opened by the first request: the schema is needed before any fixture."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "the index is opened by a fixture"
        await self.app(scope, receive, send)


SERVED = _Served()


@pytest.fixture(scope="module", autouse=True)
def _open_index(sample_index: Path) -> Iterator[None]:
    with Engine(sample_index) as engine:
        SERVED.app = create_service(engine, ServiceSettings())
        yield
        SERVED.app = None


# The routes are known without an index: nothing is opened until something is asked.
SCHEMA = schemathesis.openapi.from_dict(create_app(Engine(Path("no-index"))).openapi(), config=GENERATED)
SCHEMA.app = SERVED


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_the_service_fail(case: schemathesis.Case) -> None:
    response = case.call(timeout=300)  # a machine that is busy is no failure
    case.validate_response(response, checks=(not_a_server_error,))
    if response.status_code >= 400 and response.headers.get("content-type", [""])[0].startswith(
        "application/json"
    ):
        error = response.json()["error"]
        assert error["code"]
        assert error["message"]


def test_every_route_for_programs_is_tried() -> None:
    paths = set(create_app(Engine(Path("no-index"))).openapi()["paths"])
    assert {"/api/search", "/api/answer", "/api/documents", "/api/passages/{passage_id}", "/healthz"} <= paths
