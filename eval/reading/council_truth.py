"""Compares a document with what a person read in a council's own paper (as in bench/seeds_structure.json).

Progress tables, plans, committee reports, and reports exported as text: recommendations with progress, status
and lead; actions; indicators; judgements retold. Knows nothing of how a document was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.checks import Check
from eval.reading.report_truth import check_judgements, check_numbering, check_value, is_board
from eval.reading.wording import begins, folded, plain, same
from indexer.document import Action, Document, Indicator

Truth = Mapping[str, Any]

_SENTENCE_END = re.compile(r"[.?!:;][\"')\]¹²³⁴⁵⁶⁷⁸⁹\d]*$")


def check_council_document(truth: Truth, document: Document | None) -> list[Check]:
    """Every check that the truth allows; for a document that could not be read, all of them fail."""
    file = str(truth["file"])
    read = document or Document(id="", file=file, title="", council=None, kind="other")
    kinds = {"paragraph"} | ({"recommendation"} if truth["kind"] == "inspection report" else set())
    return [
        *_facts(truth, read, file),
        *_recommendations(truth, read, file),
        *_progress(truth, read, file),
        *_actions(truth.get("actions", {}), read, file),
        *_indicators(truth.get("indicators", {}), read, file),
        *check_judgements(truth.get("judgements", ()), read, file),
        *check_numbering(truth.get("numbered_paragraphs"), read, file, frozenset(kinds)),
        *_whole(truth.get("numbered_paragraphs") or {}, read, file),
    ]


def _facts(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    yield check_value(file, "council", truth["council"], document.council)
    yield check_value(file, "kind", truth["kind"], document.kind)
    yield check_value(file, "title", truth["title"], document.title)
    if "date" in truth:
        dates = [date for date in (document.published, document.extra.get("date")) if date]
        yield Check(file, "date", truth["date"] in dates, str(truth["date"]), f"{dates}")
    for field, got in (
        ("author", document.extra.get("author")),
        ("inspection_start", document.inspected_from),
        ("inspection_end", document.inspected_to),
        ("lead_inspector", document.lead_inspector),
    ):
        if field in truth:
            yield check_value(file, field, truth[field], got)


def _recommendations(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    main = list(truth.get("recommendations", ()))
    others = [(wanted, item) for wanted in truth.get("other_recommendation_lists", ())
              for item in wanted.get("items", ())]  # fmt: skip
    found = document.recommendations
    for item in main:
        labels = [r.label for r in found if begins(r.text, item["first_words"])]
        right = _numbered(item, labels)
        yield Check(file, "recommendations", right, f"{item['number']}: {item['first_words']}", f"{labels}")
    for wanted, item in others:
        mine = [r for r in found if begins(r.text, item["first_words"])]
        right = _numbered(item, [r.label for r in mine])
        shown = f"{item['number']}: {item['first_words']}"
        yield Check(file, "other recommendation lists", right, shown, f"{[r.label for r in mine]}")
        board = is_board(wanted.get("parent_heading"))
        if truth["kind"] == "inspection report":
            to = {r.addressed_to for r in mine}
            right = bool(to) and all((who == "LSCB") == board for who in to)
            yield Check(file, "recommendations: addressed to", right, "LSCB" if board else "other", f"{to}")
    known = [item["first_words"] for item in main] + [item["first_words"] for _, item in others]
    known += [item["first_words"] for other in truth.get("actions", {}).get("other_action_lists", ())
              for item in other["items"]]  # fmt: skip
    for r in found:
        if not any(begins(r.text, words) for words in known):
            yield Check(
                file,
                "recommendations: none invented",
                False,
                "no such recommendation",
                f"{r.label}: {r.text}",
            )
    yield Check(file, "recommendations: none invented", True, "", "")


def _numbered(item: Truth, labels: Sequence[str | None]) -> bool:
    if item.get("number_printed") is False:
        return bool(labels)
    return str(item["number"]).strip("()") in {(label or "").strip("().") for label in labels}


def _progress(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    for item in truth.get("recommendations", ()):
        number, printed = str(item["number"]), item.get("number_printed") is not False
        mine = [p for p in document.progress if p.recommendation == number or not printed]
        words = item.get("progress_first_words")
        starts = [w for w in (words, item.get("progress_first_words_after_status")) if w]
        # A status printed at the head of the cell may stay in the text or be taken out of it.
        starts += [f"{item['status_printed']} {words}"] if item.get("status_printed") and words else []
        holding = [p for p in mine if any(_says(p.text, start) for start in starts)]
        if words is not None:
            got = holding[0].text if holding else f"{[plain(p.text)[:60] for p in mine][:3]}"
            yield Check(file, "progress", bool(holding), f"{number}: {words}", got)
        elif mine and printed:
            yield Check(file, "progress", False, f"{number}: none printed", mine[0].text)
        if words is None and item.get("status") is None and item.get("lead") is None:
            continue
        chosen = holding or (mine if printed else [])
        statuses = {_status(p.status) for p in chosen if p.status}
        allowed = {_status(item.get("status")), _status(item.get("status_printed"))} - {""}
        right = bool(statuses) and statuses <= allowed if allowed else not statuses
        yield Check(file, "progress: status", right, f"{number}: {item.get('status')}", f"{sorted(statuses)}")
        leads = {plain(p.lead) for p in chosen if p.lead}
        right = any(same(lead, item["lead"]) for lead in leads) if item.get("lead") else not leads
        yield Check(file, "progress: lead", right, f"{number}: {item.get('lead')}", f"{sorted(leads)}")


def _says(text: str, start: str) -> bool:
    return any(begins(line, start) for line in (text, *text.split("\n")))


def _status(text: str | None) -> str:
    return folded(re.sub(r"\([^)]*\)", "", text or ""))


def _actions(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    if not truth:
        return
    read = document.actions
    others = [item for other in truth.get("other_action_lists", ()) for item in other["items"]]
    allowed = {truth["count"], truth["count"] + len(others)}
    yield Check(file, "actions: count", len(read) in allowed, f"{sorted(allowed)}", str(len(read)))
    counted = Counter(action.recommendation or "" for action in read)
    for number, count in truth.get("by_recommendation", {}).items():
        right = counted[number] == count
        yield Check(file, "actions: by recommendation", right, f"{number}: {count}", f"{counted[number]}")
    for theme, counts in truth.get("by_theme", {}).items():
        tasks = sum(_of_theme(action, theme) for action in read)
        yield Check(
            file, "actions: by theme", tasks == counts["tasks"], f"{theme}: {counts['tasks']}", str(tasks)
        )
    statuses = Counter(_status(action.status) for action in read)
    for status, count in truth.get("status_counts", {}).items():
        got = statuses[folded(status)] + statuses[folded(status)[:1]]
        yield Check(file, "actions: status", got == count, f"{status}: {count}", str(got))
    complete = {
        f"{action.recommendation} {_ref(action.ref)}"
        for action in read
        if _status(action.status) in {"complete", "completed", "c"}
    }
    for name in truth.get("complete", ()):
        yield Check(
            file, "actions: status", _ref(name) in complete, f"{name} complete", f"{sorted(complete)}"
        )
    for sample in truth.get("sample", ()):
        yield from _action_sample(sample, read, file)
    for item in others:
        mine = [action for action in read if begins(action.text, item["first_words"])]
        yield Check(file, "other actions", bool(mine), item["first_words"], "not read")
        right = any(same(a.lead, item["lead"]) and same(a.finish, item["timescale"]) for a in mine)
        shown = f"{[(a.lead, a.finish) for a in mine]}"
        yield Check(
            file, "other actions: lead and finish", right, f"{item['lead']}, {item['timescale']}", shown
        )


def _action_sample(sample: Truth, read: Sequence[Action], file: str) -> Iterator[Check]:
    belongs, ref = str(sample["recommendation"]), _ref(str(sample["ref"]))
    mine = [
        action
        for action in read
        if begins(action.text, sample["first_words"])
        and (action.recommendation == belongs or _of_theme(action, belongs))
        and (_ref(action.ref) == ref or _ref(action.ref).split()[-1:] == [ref])
    ]
    milestone = sample.get("milestone")
    where = f"{belongs} {milestone or ''} {ref}: "
    near = [a for a in read if begins(a.text, sample["first_words"])]
    shown = f"{[(a.recommendation, a.theme, a.ref) for a in near]}"
    yield Check(file, "actions: sample", bool(mine), where + sample["first_words"], shown)
    if milestone:
        printed = [
            f"{action.ref} {action.theme} {action.recommendation} {action.milestone}" for action in mine
        ]
        right = any(re.search(rf"\b{milestone}\b", text) for text in printed)
        yield Check(file, "actions: milestone", right, where, f"{printed}")
    for field in ("lead", "start", "finish", "status"):
        values = [getattr(action, field) for action in mine or near]
        allowed = [sample.get(field), sample.get(f"{field}_printed") or sample.get(field)]
        right = any(
            same(value, one) or (field == "status" and _status(value)[:1] == _status(one)[:1])
            for value in values
            for one in allowed
        )
        yield Check(file, f"actions: {field}", right, f"{where}{sample.get(field)}", f"{values}")


def _of_theme(action: Action, theme: str) -> bool:
    pattern = rf"\b{re.escape(theme)}\b"
    return bool(re.search(pattern, f"{action.theme} {action.recommendation}", re.IGNORECASE))


def _ref(text: str | None) -> str:
    return folded(text).replace(".", "").replace("/", " ")


def _indicators(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    if not truth:
        return
    read = document.indicators
    yield Check(file, "indicators: count", len(read) == truth["count"], str(truth["count"]), str(len(read)))
    codes = len({plain(item.code) for item in read if item.code})
    if "distinct_codes" in truth:
        right = codes == truth["distinct_codes"]
        yield Check(file, "indicators: count", right, f"{truth['distinct_codes']} codes", f"{codes} codes")
    counted = Counter(item.recommendation for item in read)
    for number, count in truth.get("by_recommendation", {}).items():
        right = counted[number] == count
        yield Check(file, "indicators: by recommendation", right, f"{number}: {count}", str(counted[number]))
    for sample in truth.get("sample", ()):
        yield from _indicator_sample(sample, read, file)


def _indicator_sample(sample: Truth, read: Sequence[Indicator], file: str) -> Iterator[Check]:
    number = str(sample["recommendation"])
    mine = [
        item for item in read if same(item.code, sample["code"]) and item.recommendation in {number, None}
    ]
    where = f"{sample['code']}: "
    right = any(begins(item.text, sample["first_words"]) and item.recommendation == number for item in mine)
    shown = f"{[(item.recommendation, item.text) for item in mine]}"
    yield Check(file, "indicators: sample", right, where + sample["first_words"], shown)
    for field in ("lead", "target", "value"):
        values = [getattr(item, field) for item in mine]
        allowed = {_none_if_dash(sample.get(field)), _none_if_dash(sample.get(f"{field}_printed"))}
        if sample.get(f"{field}_printed") is None:
            allowed = {_none_if_dash(sample.get(field))}
        right = any(_none_if_dash(value) in allowed for value in values)
        yield Check(file, f"indicators: {field}", right, f"{where}{sample.get(field)}", f"{values}")


def _none_if_dash(value: str | None) -> str:
    text = folded(value)
    return "" if text == "-" else text


def _whole(truth: Truth, document: Document, file: str) -> Iterator[Check]:
    for number in truth.get("split_over_blank_line", ()):
        texts = [p.text for p in document.passages if p.label == str(number) and p.kind != "judgement"]
        right = any(_SENTENCE_END.search(plain(text)) for text in texts)
        shown = plain(texts[0])[-60:] if texts else "not read"
        yield Check(file, "paragraphs whole across a break", right, f"{number} to its sentence's end", shown)
