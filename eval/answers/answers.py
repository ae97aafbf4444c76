"""`-m eval answers`: asks a service questions, and judges whether it answers rightly and refuses rightly.

Every question goes through `GET /api/answer` of a real server, and every quote is read back through
`GET /api/passages/{id}`: what is scored is what another program would get. A question of a benchmark file names the
paragraph that answers it and the answer's words; one without a paragraph is one that documents don't answer.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.answers.report import FIRST, Asked, Figures, figures_of, markdown, printed
from eval.answers.service import Service, served
from eval.reading.wording import holds, words_of
from eval.search.cases import read_jsonl
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from search_api.engine import Engine
from search_api.fits import Fits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--bench", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR", help="for answers.json and answers.md")
    parser.add_argument("--misses", action="store_true", help="print the questions that went wrong")
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="refuse below this instead of the calibrated one"
    )


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has scored, whatever the score."""
    cases = [case for path in options.bench for case in load_questions(path)]

    def adjust(fits: Fits) -> Fits:
        threshold = fits.refusal.threshold if options.threshold is None else options.threshold
        return replace(fits, refusal=replace(fits.refusal, threshold=threshold))

    with Engine(options.index, adjust=adjust) as engine:
        index = engine.snapshot().index
        digest, encoder = index.digest, index.manifest.encoder
        with served(engine) as service:
            reader = _Reader(service, {d.file: d.id for d in index.documents()})
            asked = [reader.ask(case) for case in cases]
    figures = figures_of(asked)
    print(printed(figures))
    if options.misses:
        print("\n".join(misses(asked)))
    if options.out is not None:
        _write(options, figures, asked, digest, encoder)
    return 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a benchmark; `file` and `paragraph` are None where no document answers it."""

    question: str
    kind: str
    file: str | None = None
    paragraph: str | None = None
    answer: str | None = None
    names_council: bool | None = None


def load_questions(path: Path) -> list[Question]:
    """Read the questions of a file of JSON lines; UsageError for a line without a question."""
    found = []
    for row in read_jsonl(path):
        if "question" not in row:
            raise UsageError(f"{path} is no file of questions: a line has no “question”")
        wanted = row.get("paragraph")
        found.append(
            Question(
                question=str(row["question"]),
                kind=str(row.get("kind") or ("" if wanted is not None else row.get("why", "")).split(":")[0]),
                file=str(row["file"]) if wanted is not None else None,
                paragraph=str(wanted) if wanted is not None else None,
                answer=str(row["answer"]) if row.get("answer") else None,
                names_council=row.get("names_council"),
            )
        )
    return found


class _Reader:
    """Asks questions of a service and reads back what its answers quote."""

    def __init__(self, service: Service, ids: Mapping[str, str]) -> None:
        self._service = service
        self._ids = ids
        self._texts: dict[str, str] = {}

    def ask(self, case: Question) -> Asked:
        """Ask one question and judge what came of it."""
        started = time.perf_counter()
        answer = self._service.get("/api/answer", q=case.question)
        seconds = time.perf_counter() - started
        statements = answer["statements"]
        exact = [self._is_exact(citation) for s in statements for citation in s["citations"]]
        first = statements[:FIRST]
        return Asked(
            question=case.question,
            kind=case.kind,
            answerable=case.file is not None,
            names_council=case.names_council,
            answer=case.answer,
            refused=answer["status"] == "not_found",
            reason=answer["reason"],
            confidence=float(answer["confidence"]),
            words=case.answer is not None and any(holds(s["text"], case.answer) for s in first),
            paragraph=any(self._is_wanted(c, case) for s in first for c in s["citations"]),
            marked=case.answer is not None and any(_marks(s, case.answer) for s in first),
            quotes=len(exact),
            exact=sum(exact),
            statements=len(statements),
            supported=sum(self._is_supported(s) for s in statements),
            seconds=seconds,
            statement_words=tuple(len(words_of(s["text"])) for s in first),
        )

    def _is_exact(self, citation: Mapping[str, Any]) -> bool:
        text = self._text(citation["passage_id"])
        return bool(citation["quote"]) and text[citation["start"] : citation["end"]] == citation["quote"]

    def _is_supported(self, statement: Mapping[str, Any]) -> bool:
        """Whether every passage that a statement cites says the statement's own words."""
        return bool(statement["citations"]) and all(
            holds(self._text(citation["passage_id"]), statement["text"])
            for citation in statement["citations"]
        )

    def _is_wanted(self, citation: Mapping[str, Any], case: Question) -> bool:
        return case.file is not None and (citation["file"], citation["label"]) == (case.file, case.paragraph)

    def _text(self, passage_id: str) -> str:
        if passage_id not in self._texts:
            self._texts[passage_id] = str(self._service.get(f"/api/passages/{passage_id}")["text"])
        return self._texts[passage_id]


def _marks(statement: Mapping[str, Any], answer: str) -> bool:
    """Whether the span that stands out is the answer, or a part of it that says more than a word of it."""
    if not statement["span"]:
        return False
    start, end = statement["span"]
    marked = statement["text"][start:end]
    return (
        holds(marked, answer)
        or (holds(answer, marked) and any(c.isdigit() for c in marked))
        or (holds(answer, marked) and len(words_of(marked)) * 2 >= len(words_of(answer)))
    )


def misses(asked: Sequence[Asked]) -> list[str]:
    """List what went wrong, a line each: how, the question, and the answer that was wanted."""
    lines = []
    for case in asked:
        wrong = case.wrong()
        if wrong:
            lines.append(f"{wrong:24}  {case.confidence:.2f}  {case.question}  [{(case.answer or '')[:60]}]")
    return lines


def _write(
    options: argparse.Namespace, figures: Figures, asked: Sequence[Asked], digest: str, encoder: str
) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    names = " ".join(path.name for path in options.bench)
    command = f"python -m eval answers --index DIR --bench {names}"
    data = {
        "command": command,
        "digest": digest,
        "encoder": encoder,
        "figures": figures.to_json(),
        "cases": [case.to_json() for case in asked],
    }
    (options.out / "answers.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    report = markdown(figures, command=command, digest=digest, encoder=encoder)
    (options.out / "answers.md").write_text(report, encoding="utf-8")
    print(f"written to {options.out}: answers.json, answers.md")
