"""`-m eval answers`: asks a service questions, and judges whether it answers rightly and refuses rightly.

Every question goes through `GET /api/answer` of a real server on a free port, and every quote is read back through
`GET /api/passages/{id}`: what is scored is what another program would get. A question of a benchmark file names the
paragraph that answers it and the answer's words; one without a paragraph is one that documents don't answer. The report
is `answers.md.jinja`.
"""

from __future__ import annotations

import argparse
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from eval.answers.proportions import Proportion, share_of
from eval.reading.same_in_print import holds, words_of
from eval.reports import markdown, table, write_json
from eval.search.cases import read_jsonl
from indexer.errors import FindingsError, UsageError
from indexer.store.location import add_index_option
from search_api.engine import Engine
from search_api.fits import Fits
from search_api.http.routes import add_api

TEMPLATE = Path(__file__).with_name("answers.md.jinja")
_STARTS_WITHIN = 60.0
_ANSWERS_WITHIN = 120.0

FIRST = 5
"""Statements of an answer that are looked at: what a person reads before asking again."""

GOALS = {
    "words": (0.60, "≥"), "paragraph": (0.62, "≥"), "refused": (0.93, "≥"),
    "false refusals": (0.05, "≤"), "exact": (1.0, "≥"), "supported": (1.0, "≥"),
}  # fmt: skip
MEANING = {
    "words": "the answer's exact words within the first five statements",
    "paragraph": "the right paragraph cited there",
    "marked": "the span that stands out is the answer (questions of fact)",
    "refused": "refused of those that documents don't answer",
    "false refusals": "refused of those that they do",
    "exact": "quotes that are their passage's own words, read back through the API",
    "supported": "statements whose words stand in every passage that they cite",
}


class Service:
    """The API at an address of this machine."""

    def __init__(self, address: str) -> None:
        self._client = httpx2.Client(base_url=address, timeout=_ANSWERS_WITHIN)

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 (JSON of several shapes)
        """Get a route's JSON; FindingsError for any status but 200."""
        answer = self._client.get(path, params=parameters)
        if answer.status_code != httpx2.codes.OK:
            raise FindingsError(f"GET {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()


@contextmanager
def served(engine: Engine) -> Iterator[Service]:
    """Serve an engine's routes while the block runs; FindingsError where the server doesn't start."""
    app = FastAPI()
    add_api(app, engine)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + _STARTS_WITHIN
            while not server.started:
                if not thread.is_alive() or time.monotonic() > until:
                    raise FindingsError("the API did not start on this machine; see what is said above")
                time.sleep(0.01)
            yield Service(f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(_STARTS_WITHIN)


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question and what came of it; times are seconds, `statement_words` counts words of the first five."""

    question: str
    kind: str
    answerable: bool
    names_council: bool | None
    answer: str | None
    refused: bool
    reason: str | None
    confidence: float
    words: bool
    paragraph: bool
    marked: bool
    quotes: int
    exact: int
    statements: int
    supported: int
    seconds: float
    statement_words: tuple[int, ...] = ()

    def wrong(self) -> str:
        """Say in two words what went wrong; '' where nothing did."""
        if self.exact < self.quotes:
            return "QUOTE NOT EXACT"
        if not self.answerable:
            return "" if self.refused else "answered, should refuse"
        if self.refused:
            return "refused, should answer"
        if not self.words:
            return "paragraph, not words" if self.paragraph else "not found"
        return "" if self.paragraph else "words elsewhere"

    def to_json(self) -> dict[str, Any]:
        """Give the case without the benchmark's own words, but for the question."""
        return {name: value for name, value in asdict(self).items() if name != "answer"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares by name over all questions, and over each subset; `milliseconds` is the median of an answer."""

    shares: dict[str, Proportion]
    subsets: dict[str, dict[str, Proportion]]
    milliseconds: float
    words: float

    def to_json(self) -> dict[str, Any]:
        """Give every share with its interval."""
        return {
            "shares": self.shares,
            "subsets": self.subsets,
            "median_milliseconds": round(self.milliseconds, 1),
            "median_statement_words": self.words,
        }


def figures_of(asked: Sequence[AskedQuestion]) -> Figures:
    """Count what came of the questions."""
    answerable = [case for case in asked if case.answerable]
    others = [case for case in asked if not case.answerable]
    facts = [case for case in answerable if case.kind == "fact"]
    shares = {
        **_found(answerable),
        "marked": share_of(case.marked for case in facts),
        "refused": share_of(case.refused for case in others),
        "false refusals": share_of(case.refused for case in answerable),
        "exact": Proportion(sum(c.exact for c in asked), sum(c.quotes for c in asked)),
        "supported": Proportion(sum(c.supported for c in asked), sum(c.statements for c in asked)),
    }
    subsets: dict[str, dict[str, Proportion]] = {}
    named = {True: "names a council", False: "names no council"}
    groups = [(f"kind: {kind}", [c for c in answerable if c.kind == kind]) for kind in _kinds(answerable)]
    groups += [(name, [c for c in answerable if c.names_council is value]) for value, name in named.items()]
    for name, chosen in groups:
        if chosen:
            subsets[name] = {**_found(chosen), "false refusals": share_of(c.refused for c in chosen)}
    for why in _kinds(others):
        refused = share_of(case.refused for case in others if case.kind == why)
        subsets[f"unanswerable: {why or 'other'}"] = {"refused": refused}
    lengths = [length for case in asked for length in case.statement_words]
    return Figures(
        shares,
        subsets,
        median(case.seconds for case in asked) * 1000 if asked else 0.0,
        float(median(lengths)) if lengths else 0.0,
    )


def _kinds(cases: Sequence[AskedQuestion]) -> list[str]:
    return sorted({case.kind for case in cases})


def _found(cases: Sequence[AskedQuestion]) -> dict[str, Proportion]:
    return {
        "words": share_of(case.words for case in cases),
        "paragraph": share_of(case.paragraph for case in cases),
    }


def printed(figures: Figures) -> str:
    """Lay the figures out for a terminal."""
    rows = [(name, share, goal_of(name, share)) for name, share in figures.shares.items()]
    for subset, shares in figures.subsets.items():
        rows += [(f"  {subset}: {name}", share, "") for name, share in shares.items()]
    said = f"median answer {figures.milliseconds:.0f} ms; median statement {figures.words:.0f} words"
    return f"{table(('figure', 'share, count and 95% interval', 'goal'), rows)}\n{said}"


def goal_of(name: str, share: Proportion) -> str:
    """Say what a share should be and whether it is; '' where no goal was set."""
    if name not in GOALS or not share.total:
        return ""
    goal, sense = GOALS[name]
    reached = share.share >= goal if sense == "≥" else share.share <= goal
    return f"{sense} {goal:.2f} {'reached' if reached else 'MISSED'}"


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
            reader = _AnswerReader(service)
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
    """A question of a benchmark; `place` is the file and paragraph that answer it, None where no document does."""

    question: str
    kind: str
    place: tuple[str, str] | None
    answer: str | None
    names_council: bool | None


def load_questions(path: Path) -> list[Question]:
    """Read the questions of a file of JSON lines; UsageError for a line without a question."""
    found = []
    for row in read_jsonl(path):
        if "question" not in row:
            raise UsageError(f"{path} is no file of questions: a line has no “question”")
        answerable = row.get("paragraph") is not None
        kind = str(row.get("kind") or ("" if answerable else row.get("why", "")).split(":")[0])
        place = (str(row["file"]), str(row["paragraph"])) if answerable else None
        answer = str(row["answer"]) if row.get("answer") else None
        found.append(Question(str(row["question"]), kind, place, answer, row.get("names_council")))
    return found


class _AnswerReader:
    """Asks questions of a service and reads back what its answers quote."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._texts: dict[str, str] = {}

    def ask(self, case: Question) -> AskedQuestion:
        """Ask one question and judge what came of it."""
        started = time.perf_counter()
        answer = self._service.get("/api/answer", q=case.question)
        seconds = time.perf_counter() - started
        statements = answer["statements"]
        exact = [self._is_exact(citation) for s in statements for citation in s["citations"]]
        first = statements[:FIRST]
        return AskedQuestion(
            question=case.question,
            kind=case.kind,
            answerable=case.place is not None,
            names_council=case.names_council,
            answer=case.answer,
            refused=answer["status"] == "not_found",
            reason=answer["reason"],
            confidence=float(answer["confidence"]),
            words=case.answer is not None and any(holds(s["text"], case.answer) for s in first),
            paragraph=any((c["file"], c["label"]) == case.place for s in first for c in s["citations"]),
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


def misses(asked: Sequence[AskedQuestion]) -> list[str]:
    """List what went wrong, a line each: how, the question, and the answer that was wanted."""
    return [
        f"{case.wrong():24}  {case.confidence:.2f}  {case.question}  [{(case.answer or '')[:60]}]"
        for case in asked
        if case.wrong()
    ]


def _write(
    options: argparse.Namespace, figures: Figures, asked: Sequence[AskedQuestion], digest: str, encoder: str
) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    names = " ".join(path.name for path in options.bench)
    made = {
        "command": f"python -m eval answers --index DIR --bench {names}",
        "digest": digest,
        "encoder": encoder,
    }
    write_json(options.out / "answers.json", {**made, "figures": figures, "cases": asked})
    report = markdown(TEMPLATE, figures=figures, meaning=MEANING, goal=goal_of, **made)
    (options.out / "answers.md").write_text(report, encoding="utf-8")
    print(f"written to {options.out}: answers.json, answers.md")
