"""`-m eval gate`: quality may not fall. Reads and ranks the small fixed set of the corpus, against a floor.

The floor (eval/floor.json) is what was reached: it is raised by hand when a change raised the figures, and
never lowered without saying why in the change log.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.checks import Check, scores
from eval.reading.council_truth import check_council_document
from eval.reading.documents import files_under, read_documents
from eval.reading.report_truth import check_report
from eval.reports import table, write_json
from eval.search.cases import load_cases, read_json, resolve
from eval.search.collection import open_collection
from eval.search.measures import OF_BENCHMARK, mean, measure
from eval.search.retrievers import OurRanking
from eval.search.run import runs_of
from indexer.errors import UsageError
from indexer.store.location import IndexLocation, index_location

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "corpus" / "sample"
TRUTH = ROOT / "corpus" / "truth"
FLOOR = ROOT / "eval" / "floor.json"

# Sums of binary fractions: a figure that was reached must not fail for its last digit.
_TOLERANCE = 5e-5


def _room(name: str) -> float:
    """Give what a figure may lose to another processor: two passages of one score may change places."""
    return 0.0 if name.startswith("reading: ") else 0.03


@dataclass(frozen=True, slots=True)
class FloorFigure:
    """One figure beside its floor."""

    name: str
    value: float
    floor: float

    @property
    def holds(self) -> bool:
        """Whether the figure is at its floor or above."""
        return self.value >= self.floor - _TOLERANCE


def reading_figures(sample: Path = SAMPLE, truth: Path = TRUTH) -> dict[str, float]:
    """Give the share of right checks for each field of the corpus's truth, `reading: field` -> share."""
    files = files_under([sample])
    cases = [*read_json(truth / "truth.json"), *read_json(truth / "papers.json")]
    readings = read_documents([files[case["file"]] for case in cases])
    checks: list[Check] = []
    for case, reading in zip(cases, readings, strict=True):
        check = check_council_document if "recommendation_count" in case else check_report
        checks += check(case, reading.document)
    return {f"reading: {score.field}": round(score.share, 4) for score in scores(checks)}


def ranking_figures(index: IndexLocation, truth: Path = TRUTH) -> dict[str, float]:
    """Give the mean of each measure on the corpus's questions and evidence, `benchmark: measure` -> mean."""
    collection = open_collection(index)
    system = OurRanking(index, collection)
    figures = {}
    for name in ("evidence", "questions"):
        cases = load_cases([truth / f"{name}.jsonl"])
        run = runs_of(cases, system, collection, findings_only=name == "evidence")
        values = measure(resolve(cases, collection.pairs()).qrels, run, OF_BENCHMARK[name], name)
        figures.update({f"{name}: {kind}": round(mean(values[kind]), 4) for kind in OF_BENCHMARK[name]})
    return figures


def against(figures: Mapping[str, float], floor: Mapping[str, float]) -> list[FloorFigure]:
    """Every figure of the floor with its value; one that is no longer measured counts as 0."""
    return [FloorFigure(name, figures.get(name, 0.0), least) for name, least in floor.items()]


def load_floor(path: Path = FLOOR) -> dict[str, float]:
    """Read the least that each figure may be; raises UsageError for a file of another shape."""
    floor = read_json(path)
    if not isinstance(floor, dict) or not all(isinstance(v, int | float) for v in floor.values()):
        raise UsageError(f"{path} is not a floor: give an object of figures and numbers")
    return {str(name): float(least) for name, least in floor.items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add(
        "--index", type=index_location, metavar="DIR", help="an index of the sample; made where none is given"
    )
    add("--floor", type=Path, default=FLOOR, metavar="FILE")
    add("--raise", dest="lift", action="store_true", help="write the figures as the new floor")


def main(options: argparse.Namespace) -> int:
    """Run the command; 1 where a figure is below its floor."""
    with tempfile.TemporaryDirectory() as scratch:
        index = options.index or _built(Path(scratch) / "index")
        figures = {**reading_figures(), **ranking_figures(index)}
    if options.lift:
        floor = {name: round(value - _room(name), 4) for name, value in figures.items()}
        write_json(options.floor, floor)
        print(f"{options.floor}: {len(figures)} figures")
        return 0
    found = against(figures, load_floor(options.floor))
    print(verdict(found))
    return 0 if all(figure.holds for figure in found) else 1


def verdict(figures: Sequence[FloorFigure]) -> str:
    """Lay out a table of the figures, and a line that says which fell."""
    fallen = [figure.name for figure in figures if not figure.holds]
    rows = [(f.name, f.value, f.floor, "holds" if f.holds else "FELL") for f in figures]
    said = f"fell below the floor: {', '.join(fallen)}" if fallen else f"all {len(figures)} figures hold"
    return f"{table(('figure', 'value', 'floor', ''), rows)}\n{said}"


def _built(folder: Path) -> Path:
    from indexer.build.build import build  # noqa: PLC0415 - only where no index is given

    build([SAMPLE], folder)
    return folder
