import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.build.build import build
from indexer.document import Document, Provenance
from indexer.fetch.commands import PRIVATE_SETTING, run_source
from indexer.fetch.provenance import with_provenance
from indexer.fetch.source import load_source
from indexer.fetch.table import FetchedTable
from indexer.store.opening import open_index
from tests.indexer.fetch.replica import Replica

SAMPLE = Path("corpus/sample")
NAMES = ("kelderbridge-2015-inspection.pdf", "thornmere-2016-inspection.pdf")


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus folder that a list of two addresses filled, under the documents' own names."""
    monkeypatch.setenv(PRIVATE_SETTING, "1")
    site = Replica({}, extra={f"/{name}": (200, {}, (SAMPLE / name).read_bytes()) for name in NAMES})
    with site.served():
        refetch(tmp_path, site, dates=("1 March 2016", "18 July 2016"))
    return tmp_path / "corpus"


def refetch(folder: Path, site: Replica, dates: tuple[str, str]) -> None:
    rows = [
        f"{site.site}/{name},{name[:-4]},{date},{name.split('-')[0].title()}" for name, date in zip(NAMES, dates, strict=True)
    ]  # fmt: skip
    path = folder / "list.csv"
    path.write_text("\n".join(["address,document_id,date,organisation", *rows]) + "\n", encoding="utf-8")
    source = load_source(str(path)).model_copy(update={"name": "{document_id}", "pause": 0.0, "recheck": 0})
    with FetchedTable(folder / "corpus") as table:
        run_source(source, folder / "corpus", table, contact="a@example.org")


@pytest.mark.slow
def test_a_fetched_corpus_builds_to_the_index_of_its_files_and_says_where_they_come_from(
    fetched: Path, tmp_path: Path
) -> None:
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLE / name, by_hand)
    report = build([fetched], tmp_path / "a")
    build([by_hand], tmp_path / "b")
    assert report.skipped == ()
    with open_index(tmp_path / "a") as one, open_index(tmp_path / "b") as other:
        assert [replace(d, provenance=None, warnings=()) for d in one.documents()] == [
            replace(d, warnings=()) for d in other.documents()
        ]
        assert one.texts(range(len(one))) == other.texts(range(len(other)))
        found = one.documents()[0]
        assert found.provenance is not None
        assert found.provenance.address is not None
        assert found.provenance.address.endswith(f"/{found.file}")
        first = one.manifest.digest
    report = build([fetched], tmp_path / "a")
    with open_index(tmp_path / "a") as again:
        assert again.manifest.digest == first
    site = Replica({}, extra={f"/{name}": (200, {}, (SAMPLE / name).read_bytes()) for name in NAMES})
    with site.served():
        refetch(tmp_path, site, dates=("1 March 2016", "18 July 2019"))
    report = build([fetched], tmp_path / "a")
    assert report.unchanged == 2
    with open_index(tmp_path / "a") as changed:
        warnings = [w for d in changed.documents() for w in d.warnings if w.startswith("Its publisher lists")]
        assert any("2019-07-18" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("listed", "warned"),
    [
        (Provenance(listed="2019-05-09", organisation="Barnsley Metropolitan Borough Council"), ()),
        (Provenance(listed="2019-05-10"), ("with the date 2019-05-10, and it prints 2019-05-09",)),
        (Provenance(organisation="Bury"), ("under Bury, and it names Barnsley",)),
        (Provenance(organisation="A place that is no council"), ()),
        (None, ()),
    ],
)
def test_what_a_publisher_lists_otherwise_than_a_report_prints_is_a_warning(
    listed: Provenance | None, warned: tuple[str, ...]
) -> None:
    document = Document("d", "d.pdf", "T", "Barnsley", "inspection report", published="2019-05-09")
    found = with_provenance(document, listed)
    assert found.provenance == listed
    assert len(found.warnings) == len(warned)
    assert all(part in warning for part, warning in zip(warned, found.warnings, strict=True))
    assert with_provenance(found, listed) is found
