"""Nothing is installed that no lock file lists with the sums of its files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
_ENTRY = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s\\]+(?: --hash=sha256:[0-9a-f]{64})+")


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_every_package_has_a_sum(lock: Path) -> None:
    text = re.sub(r"\s*\\\n\s*", " ", lock.read_text(encoding="utf-8"))
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert entries
    assert [entry for entry in entries if not _ENTRY.fullmatch(entry)] == []


def test_what_make_installs_is_checked_against_them() -> None:
    said = subprocess.run(
        ["make", "-B", "-n", ".venv/.installed-dev", ".venv/.installed-node", ".venv/audit/.installed"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    installs = [line for line in said.splitlines() if "pip install" in line and "import torch" not in line]
    assert len(installs) >= 5
    assert [line for line in installs if "--no-deps --require-hashes" not in line] == []
