"""Write every document and truth file of the sample corpus from ``corpus/source``.

    .venv/bin/python corpus/make_sample.py [--out FOLDER]

Writes FOLDER/sample and FOLDER/truth (``corpus`` unless given). The same sources give the same bytes, so that
a change to the sample shows in review as a change to its source.
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # run as a file, Python looks for modules beside it and not in the root

from corpus.making import papers, truth  # noqa: E402  # must follow the line above
from corpus.making.pdf import Printed, print_report  # noqa: E402
from corpus.making.source import WrittenSource, full_text, read_source  # noqa: E402

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything read and laid out, by the name of its source file."""

    reports: dict[str, WrittenSource]
    printed: dict[str, Printed]
    committee: dict[str, WrittenSource]
    tables: dict[str, papers.TablePaper]

    def file_of(self, name: str) -> str:
        """Name the document that is made from this source."""
        if name in self.reports:
            return f"{name}.pdf"
        if name in self.committee:
            return f"{name}.{self.committee[name].meta['format']}"
        return f"{name}.{'docx' if self.tables[name].meta['kind'] == 'improvement plan' else 'txt'}"

    def answered(self, name: str) -> tuple[papers.PaperRow, ...]:
        """List the recommendations that a paper reports on."""
        if name in self.tables:
            return self.tables[name].rows
        meta = self.committee[name].meta
        return papers.answered_rows(meta.get("progress", ()), self.reports[meta["report"]])


def read_sample(source: Path) -> Sample:
    """Read every source and lay out every report."""
    written = [read_source(p) for p in sorted(source.glob("*.md"))]
    reports = {s.name: s for s in written if s.meta["kind"] == "inspection report"}
    tables = [p for p in sorted(source.glob("*.toml")) if p.stem not in ("links", "questions")]
    return Sample(
        reports,
        {name: print_report(s) for name, s in reports.items()},
        {s.name: s for s in written if s.name not in reports},
        {p.stem: papers.read_table_paper(p, reports) for p in tables},
    )


def documents(sample: Sample) -> dict[str, bytes]:
    """Return the bytes of each sample document, by file name."""
    made = {sample.file_of(name): printed.data for name, printed in sample.printed.items()}
    for name, paper in sample.tables.items():
        write = papers.plan_word if paper.meta["kind"] == "improvement plan" else papers.progress_text
        made[sample.file_of(name)] = write(paper)
    for name, source in sample.committee.items():
        match source.meta["format"]:
            case "txt":
                made[sample.file_of(name)] = papers.committee_text(source)
            case "html":
                made[sample.file_of(name)] = papers.committee_html(source)
            case _:
                made[sample.file_of(name)] = papers.committee_word(source, sample.answered(name))
    return made


def truth_files(sample: Sample, source: Path) -> dict[str, bytes]:
    """Return the bytes of each truth file, by file name."""
    asked = tomllib.loads((source / "questions.toml").read_text(encoding="utf-8"))
    reports = [truth.report_truth(s, sample.printed[n], sample.file_of(n)) for n, s in sample.reports.items()]
    tables = [truth.table_truth(t, sample.file_of(n)) for n, t in sample.tables.items()]
    committee = [
        truth.paper_truth(s, sample.file_of(n), sample.answered(n)) for n, s in sample.committee.items()
    ]
    evidence = [e for n, s in sample.reports.items() for e in truth.evidence(s, sample.file_of(n))]
    unanswerable = [{"question": u["ask"], "why": u["why"]} for u in asked["unanswerable"]]
    return {
        "truth.json": _json(reports),
        "papers.json": _json(sorted([*tables, *committee], key=lambda entry: str(entry["file"]))),
        "questions.jsonl": _json_lines(_question(sample, q) for q in asked["question"]),
        "unanswerable.jsonl": _json_lines(unanswerable),
        "evidence.jsonl": _json_lines(evidence),
        "links.json": _json(
            _links(sample, tomllib.loads((source / "links.toml").read_text(encoding="utf-8")))
        ),
    }


def _question(sample: Sample, entry: Mapping[str, Any]) -> Json:
    name, key = entry["doc"], entry["key"]
    if name in sample.tables:
        row = next(r for r in sample.tables[name].rows if r.raw["of"] == key)
        return truth.question(entry, sample.file_of(name), row.number, None, row.progress)
    source = sample.reports.get(name) or sample.committee[name]
    number = source.number_of(key)
    paragraph = next(p for p in source.numbered() if p.number == number)
    page = sample.printed[name].spans[number].first_page if name in sample.printed else None
    return truth.question(entry, sample.file_of(name), number, page, full_text(paragraph))


def _links(sample: Sample, written: Mapping[str, Any]) -> Json:
    links: list[Json] = []
    answering = {name: sample.answered(name) for name in (*sample.tables, *sample.committee)}
    report_of = {n: str((sample.tables.get(n) or sample.committee[n]).meta["report"]) for n in answering}
    for name, rows in answering.items():
        for row in rows:
            here = {"file": sample.file_of(name), "number": row.number}
            there = {"file": sample.file_of(report_of[name]), "number": row.number}
            links.append({"from": here, "to": there, "relation": "same recommendation"})
            links.append({"from": here, "to": there, "relation": "progress on"})
            for other, others in answering.items():
                if (
                    other < name
                    and report_of[other] == report_of[name]
                    and any(o.number == row.number for o in others)
                ):
                    again = {"file": sample.file_of(other), "number": row.number}
                    links.append({"from": here, "to": again, "relation": "same recommendation"})
    for name, key, report, recommendation in written["progress"]:
        said = (sample.reports.get(name) or sample.committee[name]).number_of(key)
        there = {"file": sample.file_of(report), "number": sample.reports[report].number_of(recommendation)}
        links.append(
            {
                "from": {"file": sample.file_of(name), "paragraph": said},
                "to": there,
                "relation": "progress on",
            }
        )
    for name, key, report, recommendation, subject in written["similar"]:
        here = {"file": sample.file_of(name), "number": sample.reports[name].number_of(key)}
        there = {"file": sample.file_of(report), "number": sample.reports[report].number_of(recommendation)}
        links.append({"from": here, "to": there, "relation": "similar", "subject": subject})
    return {"links": links, "link_counts": dict(Counter(str(link["relation"]) for link in links))}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _json_lines(values: Iterable[object]) -> bytes:
    return "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in values).encode()


def main() -> None:
    """Write the sample and its truth."""
    parser = argparse.ArgumentParser(description="Write the sample corpus from its sources.")
    parser.add_argument(
        "--out", type=Path, default=HERE, help="where sample/ and truth/ are written (default: corpus)"
    )
    out: Path = parser.parse_args().out
    sample = read_sample(HERE / "source")
    for folder, made in (("sample", documents(sample)), ("truth", truth_files(sample, HERE / "source"))):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            (out / folder / name).write_bytes(data)
        size = sum(len(d) for d in made.values()) // 1024
        print(f"{out / folder}: {len(made)} files, {size} KiB")


if __name__ == "__main__":
    main()
