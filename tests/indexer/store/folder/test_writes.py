"""A build writes inside the index's folder and nowhere else; the source of the program does nothing that could run
what a document or a request brings."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.encode.encoder import MODEL_SETTING
from indexer.store.folder.index import FolderIndex
from tests import confined

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ("indexer", "search_api", "web")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

FORBIDDEN_IMPORTS = frozenset(
    {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "pty", "commands"}
)
FORBIDDEN_CALLS = frozenset(
    {
        "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.spawnl", "os.spawnv", "pickle.load",
        "pickle.loads", "torch.load", "yaml.load", "subprocess.getoutput", "subprocess.getstatusoutput",
        "tarfile.extractall", "zipfile.extractall",
    }
)  # fmt: skip
STARTS_A_PROCESS = frozenset(
    {"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_output"}
)

needs_landlock = pytest.mark.skipif(
    confined.landlock_version() < 4, reason="this kernel can't confine a process (Landlock 4)"
)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def forbidden(tree: ast.AST) -> Iterator[str]:
    """What of a source could load a pickle, make code or call a shell, by line."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in {name.split(".", maxsplit=1)[0] for name in names} & FORBIDDEN_IMPORTS:
            yield f"{node.lineno}: imports {name}"  # type: ignore[attr-defined]
    for name, call in calls(tree):
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        if name in FORBIDDEN_CALLS or name.endswith((".extractall", ".extract")):
            yield f"{call.lineno}: {name}"
        if name in {"np.load", "numpy.load"} and given.get("allow_pickle") != "False":
            yield f"{call.lineno}: {name} may load a pickle"
        if "shell" in given:
            yield f"{call.lineno}: {name} with a shell"
        # A list of arguments, never a line for a shell to take apart.
        if name in STARTS_A_PROCESS and isinstance(call.args[0], ast.Constant | ast.JoinedStr | ast.BinOp):
            yield f"{call.lineno}: {name} of a line"


def test_the_source_loads_no_pickle_makes_no_code_and_calls_no_shell() -> None:
    assert len(SOURCES) > 100
    found = {
        str(path.relative_to(ROOT)): list(forbidden(ast.parse(path.read_text("utf-8")))) for path in SOURCES
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from marshal import loads", "os.system('x')", "subprocess.run(x, shell=True)",
        "subprocess.run('x')", "subprocess.Popen(f'{x}')", "archive.extractall()", "np.load(path)", "eval(x)",
    ],
)  # fmt: skip
def test_the_rule_sees_what_it_forbids(line: str) -> None:
    assert list(forbidden(ast.parse(line)))


@pytest.fixture
def source(tmp_path: Path, write_document: Callable[..., Path]) -> Path:
    source = tmp_path / "source"
    write_document(source / "a.txt", ["Kettles are mended on a Tuesday."])
    # Names that would lead elsewhere if they were ever used as paths.
    for name in (
        "x..%2f..%2fetc%2fpasswd.txt",
        "~root.txt",
        "$(touch evil).txt",
        "-rf.txt",
        "a;b.txt",
        "con..txt",
    ):
        write_document(source / name, [f"A text under the name {len(name)} {name}."])
    write_document(tmp_path / "outside" / "secret.txt", ["A text beside the source."])
    (source / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    return source


@needs_landlock
def test_a_build_needs_to_write_nowhere_but_in_the_index(
    source: Path, tmp_path: Path, small_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    folder = tmp_path / "index"
    folder.mkdir()
    build = [sys.executable, "-m", "indexer", "build", str(source), "--index", str(folder)]
    done = confined.run(build, [folder])
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["skipped"] == []
    assert report["documents"] == 8
    assert confined.run(build, [folder]).returncode == 0
    other = confined.run([*build[:-1], str(tmp_path / "elsewhere")], [folder])
    assert other.returncode == 2
    assert "can't be written to" in other.stderr


@needs_landlock
def test_asking_and_examining_need_to_write_nowhere(
    source: Path, tmp_path: Path, small_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_SETTING, str(small_encoder))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    folder = str(tmp_path / "index")
    subprocess.run(
        [sys.executable, "-m", "indexer", "build", str(source), "--index", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    for arguments in (
        ["search_api", "search", "kettles", "--index", folder],
        ["search_api", "answer", "when are kettles mended?", "--index", folder],
        ["indexer", "doctor", "--index", folder],
        ["indexer", "inspect", str(source / "a.txt")],
    ):
        done = confined.run([sys.executable, "-m", *arguments], [])
        assert done.returncode == 0, done.stderr


def test_nothing_beside_the_index_changes_in_a_build(
    source: Path, tmp_path: Path, small_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "temporary", "work"):
        (tmp_path / name).mkdir()
    environment = {
        **os.environ,
        MODEL_SETTING: str(small_encoder),
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "temporary"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before = _state(tmp_path)
    subprocess.run(
        [sys.executable, "-m", "indexer", "build", str(source), "--index", str(tmp_path / "index")],
        cwd=tmp_path / "work", check=True, capture_output=True, env=environment,
    )  # fmt: skip
    assert _state(tmp_path) == before
    with FolderIndex.open(tmp_path / "index") as index:
        assert len(index.documents()) == 8
    inside = {
        path.relative_to(tmp_path / "index").parts[0].split("-")[0]
        for path in (tmp_path / "index").rglob("*")
    }
    assert inside == {"manifest.json", "report.json", "lock", "originals", "generation"}


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder but the index, with the time of its last change and its size."""
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
        if not path.is_relative_to(folder / "index")
    }
