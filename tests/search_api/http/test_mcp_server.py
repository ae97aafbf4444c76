"""A real client starts the real command and calls every tool: they say what the routes say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult

from search_api.engine import Engine
from search_api.fields import Filters
from search_api.register.tables import TABLES, ask
from search_api.search.results import search_passages

ROOT = Path(__file__).resolve().parents[3]


def said(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


@pytest.mark.slow
def test_a_client_gets_from_every_tool_what_the_engine_says(sample_index: Path, engine: Engine) -> None:
    recommended = next(d for d in engine.snapshot().index.documents() if d.recommendations)
    passage_id = recommended.recommendations[0].passage_id
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "search_api", "mcp", "--index", str(sample_index)], cwd=str(ROOT)
    )

    async def talk() -> None:
        async with Client(server) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"search", "answer", "document", "recommendation", *TABLES}
            assert all(tool.description and tool.annotations for tool in tools.values())
            found = said(await client.call_tool("search", {"query": "plans", "limit": 3}))
            assert found == json.loads(
                json.dumps(search_passages(engine.snapshot(), "plans", limit=3).to_json())
            )
            typed = {"query": "supervison", "limit": 1}
            assert said(await client.call_tool("search", typed))["mended"][0]["value"] == "supervision"
            assert not said(await client.call_tool("search", {**typed, "without": ["spelling"]}))["mended"]
            asked = said(await client.call_tool("answer", {"question": "What is said about plans?"}))
            for statement in asked["statements"]:
                for citation in statement["citations"]:
                    passage = engine.snapshot().index.passage(citation["passage_id"])
                    assert passage is not None
                    assert passage.text[citation["start"] : citation["end"]] == citation["quote"]
            report = said(await client.call_tool("document", {"document_id": recommended.id, "passages": 2}))
            assert report["title"] == recommended.title
            assert len(report["passages"]) == 2 < report["passages_in_all"]
            rows = said(await client.call_tool("recommendations", {"council": ["Kelderbridge"], "limit": 3}))
            page = ask(
                TABLES["recommendations"], engine.snapshot(), Filters(council=("Kelderbridge",)), {}, limit=3
            )
            assert rows == json.loads(json.dumps(page.to_json()))
            became = said(await client.call_tool("recommendation", {"passage_id": passage_id}))
            assert became["recommendation"]["passage_id"] == passage_id
            assert became["reports"] or "No evidence found" in became["note"]
            for name, arguments in (
                ("search", {"query": ""}),
                ("search", {"query": "plans", "kind": "novel"}),
                ("search", {"query": "plans", "limit": 1000}),
                ("document", {"document_id": "none"}),
                ("recommendation", {"passage_id": "none"}),
            ):
                refused = await client.call_tool(name, arguments)
                assert refused.is_error
                assert "Traceback" not in str(refused.content)

    anyio.run(talk)


@pytest.mark.slow
def test_an_index_that_is_not_there_is_one_line_and_status_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "search_api", "mcp", "--index", str(tmp_path / "none")],
        cwd=ROOT, capture_output=True, text=True, check=False, input="",
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
