"""`-m eval counts`: says whether a count across councils is right, and praise apart from criticism.

Ten subjects were counted by hand over the real reports (eval/answers/counts_by_hand): for each document whether it has a finding on the
subject, and which way it leans. A count is scored by its councils: of those listed, the share that should be
(precision), and of those that should be, the share listed (recall). With --calibrate the model of the bar is fitted,
each subject scored by a model fitted on the others. This module must not know how an answer is arranged.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from eval.answers.calibrate_refusal import fit
from eval.answers.proportions import Proportion, share_of
from eval.reports import table, write_json
from eval.search.cases import read_jsonl
from indexer.errors import UsageError
from indexer.store.location import add_index_option
from search_api.answers.survey import Nearness, Surveyed, survey
from search_api.answers.topic import topic_of
from search_api.engine import Engine
from search_api.fits import SURVEY, SurveyModel
from search_api.search.inquiry import inquire
from search_api.snapshot import Snapshot

FOLDER = Path(__file__).with_name("counts_by_hand")
GOAL = 0.9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    add = parser.add_argument
    add("--counts", type=Path, default=FOLDER, metavar="DIR", help="topics.jsonl and judgements.tsv")
    add("--calibrate", action="store_true", help="fit the bar, leaving one subject out in turn")
    add("--write", action="store_true", help="with --calibrate: store it in search_api/answers/survey.toml")
    add("--wrong", action="store_true", help="list the documents that were counted wrongly")
    add("--out", type=Path, metavar="FILE", help="for the figures, as JSON")


def main(options: argparse.Namespace) -> int:
    """Run the command; 0 when it has counted, whatever the error."""
    subjects = load_subjects(options.counts)
    with Engine(options.index) as engine:
        snapshot = engine.snapshot()
        councils = {document.id: document.council for document in snapshot.by_id.values()}
        looked = {subject.id: _look(snapshot, subject) for subject in subjects}
        encoder = snapshot.index.manifest.encoder
    if options.calibrate:
        if not any(document in councils for subject in subjects for document in subject.finding):
            raise UsageError("none of the documents that were counted by hand is in this index")
        counts, model = calibrate(subjects, looked, councils)
        if options.write:
            text = stored(model, counts, encoder)
            SURVEY.write_text(text, encoding="utf-8")
    else:
        model = snapshot.fits.survey
        counts = [count(subject, looked[subject.id], councils, model) for subject in subjects]
    print(printed(counts))
    if options.wrong:
        print("\n".join(line for one in counts for line in one.wrong))
    if options.out is not None:
        write_json(options.out, counts)
    return 0


@dataclass(frozen=True, slots=True)
class CountedSubject:
    """A subject counted by hand: `finding` by document id, and each finding's polarity."""

    id: str
    question: str
    asks: str | None
    finding: Mapping[str, bool]
    polarity: Mapping[str, str]


def load_subjects(folder: Path) -> list[CountedSubject]:
    """Read the subjects and the judgements of their documents."""
    with (folder / "judgements.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    subjects = []
    for topic in read_jsonl(folder / "topics.jsonl"):
        judged = [row for row in rows if row["topic"] == topic["id"]]
        subjects.append(
            CountedSubject(
                topic["id"],
                topic["question"],
                topic["asks"],
                {row["document"]: row["finding"] == "1" for row in judged},
                {row["document"]: row["polarity"] for row in judged if row["finding"] == "1"},
            )
        )
    return subjects


@dataclass(frozen=True, slots=True)
class Looked:
    """A document's best sentence on a subject, whatever the bar."""

    document: str
    found: Surveyed


def _look(snapshot: Snapshot, subject: CountedSubject) -> list[Looked]:
    with inquire(snapshot, subject.question) as inquiry:
        found = survey(snapshot, topic_of(inquiry.query), inquiry.plan, threshold=0.0)
    return [Looked(snapshot.document_at(item.row).id, item) for item in found]


@dataclass(frozen=True, slots=True)
class Count:
    """How a count by machine compares with one by hand; `wrong` names each document that differs."""

    subject: str
    councils: int
    listed: int
    precision: Proportion
    recall: Proportion
    polarity: Proportion
    wrong: tuple[str, ...]

    @property
    def off(self) -> float:
        """How far the number of councils is from the one by hand, as a share of it."""
        return (self.listed - self.councils) / self.councils if self.councils else 0.0

    @property
    def shares(self) -> tuple[float, float, float]:
        """Precision, recall and the share of right polarities."""
        return self.precision.share, self.recall.share, self.polarity.share

    def to_json(self) -> dict[str, object]:
        """Give the figures with their intervals."""
        return {
            "subject": self.subject,
            "councils_by_hand": self.councils,
            "councils_listed": self.listed,
            "precision": self.precision,
            "recall": self.recall,
            "polarity": self.polarity,
        }


Councils = Mapping[str, str | None]
"""Each document's council, by its id."""


def count(subject: CountedSubject, looked: Sequence[Looked], councils: Councils, model: SurveyModel) -> Count:
    """Count a subject's councils by a model, and compare."""
    chances = {one.document: model.chance(one.found.near) for one in looked}
    listed = {document for document, chance in chances.items() if chance >= model.threshold}
    by_hand, by_machine = _by_hand(subject, councils), {councils[document] for document in listed} - {None}
    both = len(by_hand & by_machine)
    right = {document for document, finding in subject.finding.items() if finding and document in councils}
    wrong = right ^ listed
    lines = [
        f"{subject.id}: {'listed' if one.document in listed else 'left out'} {one.found.passage.id} "
        f"({councils[one.document]}; {chances[one.document]:.2f})"
        for one in looked
        if one.document in wrong
    ]
    unseen = sorted(wrong - chances.keys())
    lines += [f"{subject.id}: left out {document}, nothing on that side" for document in unseen]
    classed = [
        (one.found.polarity, subject.polarity[one.document])
        for one in looked
        if one.document in listed & right
    ]
    return Count(
        subject.id, len(by_hand), len(by_machine),
        Proportion(both, len(by_machine)), Proportion(both, len(by_hand)),
        share_of(polarity == judged for polarity, judged in classed),
        tuple(lines),
    )  # fmt: skip


def _by_hand(subject: CountedSubject, councils: Councils) -> set[str | None]:
    """The councils with a finding, as counted by hand."""
    return {councils.get(document) for document, finding in subject.finding.items() if finding} - {None}


def calibrate(
    subjects: Sequence[CountedSubject], looked: Mapping[str, Sequence[Looked]], councils: Councils
) -> tuple[list[Count], SurveyModel]:
    """Score each subject by a model fitted on the others; then fit on all, with the errors found so."""
    counts = []
    for subject in subjects:
        others = [other for other in subjects if other is not subject]
        counts.append(count(subject, looked[subject.id], councils, fitted(others, looked, councils)))
    final = fitted(subjects, looked, councils)
    precision, recall, _ = (fmean(shares) for shares in zip(*(c.shares for c in counts), strict=True))
    return counts, SurveyModel(
        final.bias, final.weights, final.threshold, round(precision, 3), round(recall, 3), len(subjects)
    )


def fitted(
    subjects: Sequence[CountedSubject], looked: Mapping[str, Sequence[Looked]], councils: Councils
) -> SurveyModel:
    """Fit the model on documents of some subjects, each subject weighing alike in the choice of the bar."""
    numbers, findings = [], []
    for subject in subjects:
        for one in looked[subject.id]:
            numbers.append(one.found.near)
            findings.append(subject.finding.get(one.document, False))
    matrix: NDArray[np.float64] = np.array(numbers)
    found = fit(matrix, np.array(findings))
    weights = {
        name: round(float(weight), 3) for name, weight in zip(Nearness._fields, found.weights, strict=True)
    }
    tried = SurveyModel(round(found.bias, 3), weights, 0.5, 0.0, 0.0, 0)
    chances = {s.id: [tried.chance(one.found.near) for one in looked[s.id]] for s in subjects}
    by_hand = {s.id: _by_hand(s, councils) for s in subjects}

    def shares(subject: str, threshold: float) -> tuple[float, float]:
        """The precision and recall of a subject's councils at a threshold."""
        pairs = zip(looked[subject], chances[subject], strict=True)
        listed = {councils[one.document] for one, chance in pairs if chance >= threshold} - {None}
        both = len(by_hand[subject] & listed)
        return both / max(1, len(listed)), both / max(1, len(by_hand[subject]))

    best, most = 0.5, -1.0
    for threshold in np.arange(0.05, 0.96, 0.01):
        score = fmean(min(found) + 0.1 * sum(found) for found in (shares(s.id, threshold) for s in subjects))
        if score > most:
            best, most = float(threshold), score
    return SurveyModel(round(found.bias, 3), weights, round(best, 2), 0.0, 0.0, 0)


def printed(counts: Sequence[Count]) -> str:
    """Lay out a row for each subject, and the means."""
    rows = [
        (c.subject, c.councils, c.listed, f"{c.off:+.0%}", str(c.precision), str(c.recall), str(c.polarity))
        for c in counts
    ]
    head = (
        "subject", "by hand", "listed", "off", "precision of councils", "recall of councils", "polarity right",
    )  # fmt: skip
    reached = sum(c.precision.share >= GOAL and c.recall.share >= GOAL for c in counts)
    precision, recall, right = (fmean(shares) for shares in zip(*(c.shares for c in counts), strict=True))
    said = (
        f"mean precision {precision:.3f}, recall {recall:.3f}, polarity {right:.3f}; both at least {GOAL} on "
        f"{reached} of {len(counts)}"
    )
    return f"{table(head, rows)}\n{said}"


def stored(model: SurveyModel, counts: Sequence[Count], encoder: str) -> str:
    """Write a model as survey.toml holds it, with the errors that it was found to have."""
    rows = "\n".join(
        f"#   {c.subject:32} {c.precision.share:9.3f} {c.recall.share:7.3f} {c.councils:8} {c.listed:7}"
        for c in counts
    )
    weights = "\n".join(f"{name} = {model.weights[name]:.3f}" for name in Nearness._fields)
    return (
        "# When a document's best sentence counts as a finding on a subject.\n#\n"
        "# A logistic model over the numbers of `search_api.answers.survey.Nearness`: a sentence counts where\n"
        "# sigmoid(bias + sum of weight * number) reaches `threshold`. Written by\n"
        "# `python -m eval counts --calibrate --write`, which found, each subject scored by a model of the others:\n#\n"
        f"#   {'subject':32} precision  recall  by hand  listed\n{rows}\n\n"
        f'encoder = "{encoder}"\nbias = {model.bias:.3f}\nthreshold = {model.threshold}\n'
        f"precision = {model.precision}\nrecall = {model.recall}\ntopics = {model.topics}\n\n[weights]\n{weights}\n"
    )
