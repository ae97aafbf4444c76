"""The service runs where it may write nothing and connect to nothing, as its unit has it."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests import confined

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.skipif(
    confined.landlock_version() < 4, reason="this kernel can't confine a process (Landlock 4)"
)
def test_every_kind_of_page_is_answered_without_writing_anything(
    sample_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    # The network is closed too, so its port is opened before: by a line of Python that then confines itself.
    code = (
        "import sys; from tests.confined import confine; import web.__main__ as service; listen = service._listen\n"
        "def closed(*place):\n    listening = listen(*place); confine([]); return listening\n"
        "service._listen = closed; sys.exit(service.main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--index", str(sample_index), "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "http://" in said, process.communicate()[1]
        address = "http://" + said.split("http://")[1].split()[0]
        with httpx.Client(base_url=address, timeout=60) as client:
            documents = client.get("/api/documents").json()["documents"]
            pdf = next(d for d in documents if d["file"].endswith(".pdf"))
            for path in (
                "/", "/search?q=visits", "/api/search?q=visits", "/api/answer?q=what+was+found+on+visits",
                "/documents", f"/documents/{pdf['id']}", f"/documents/{pdf['id']}/pages/1.png",
                f"/documents/{pdf['id']}/original", "/councils", "/about", "/metrics", "/openapi.json",
            ):  # fmt: skip
                assert client.get(path).status_code == 200, path
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "PermissionError" not in errors
