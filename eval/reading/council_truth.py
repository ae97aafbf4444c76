"""Compares a document with what a person read in a council's own paper (as in bench/seeds_structure.json).

Progress tables, plans, committee reports, and reports exported as text: recommendations with progress, status
and lead; actions; indicators; judgements retold. Knows nothing of how a document was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval.checks import Check, Sheet
from eval.reading.report_truth import (
    FACTS,
    check_addressee,
    check_judgements,
    check_numbering,
    is_board,
    nothing_read,
)
from eval.reading.same_in_print import begins, folded, plain, same
from indexer.document import Action, Document, Indicator

Truth = Mapping[str, Any]

_SENTENCE_END = re.compile(r"[.?!:;][\"')\]¹²³⁴⁵⁶⁷⁸⁹\d]*$")


def check_council_document(truth: Truth, document: Document | None) -> list[Check]:
    """Every check that the truth allows; for a document that could not be read, all of them fail."""
    sheet = Sheet(str(truth["file"]))
    read = document or nothing_read(sheet.file)
    _facts(sheet, truth, read)
    _recommendations(sheet, truth, read)
    _progress(sheet, truth, read)
    _actions(sheet, truth.get("actions", {}), read.actions)
    _indicators(sheet, truth.get("indicators", {}), read.indicators)
    check_judgements(sheet, truth.get("judgements", ()), read)
    kinds = {"paragraph"} | ({"recommendation"} if truth["kind"] == "inspection report" else set())
    numbers = truth.get("numbered_paragraphs")
    check_numbering(sheet, numbers, read, kinds)
    for number in (numbers or {}).get("split_over_blank_line", ()):
        texts = [plain(p.text) for p in read.passages if p.label == str(number) and p.kind != "judgement"]
        right = any(_SENTENCE_END.search(text) for text in texts)
        shown = texts[0][-60:] if texts else "not read"
        sheet.add("paragraphs whole across a break", right, f"{number} to its sentence's end", shown)
    return sheet


def _facts(sheet: Sheet, truth: Truth, document: Document) -> None:
    for field in ("council", "kind", "title"):
        sheet.value(field, truth[field], getattr(document, field))
    if "date" in truth:
        dates = [date for date in (document.published, document.extra.get("date")) if date]
        sheet.add("date", truth["date"] in dates, truth["date"], dates)
    if "author" in truth:
        sheet.value("author", truth["author"], document.extra.get("author"))
    for field, name in FACTS.items():
        if field in truth and field != "published":
            sheet.value(field, truth[field], getattr(document, name))


def _recommendations(sheet: Sheet, truth: Truth, document: Document) -> None:
    main = list(truth.get("recommendations", ()))
    lists = truth.get("other_recommendation_lists", ())
    others = [(wanted, item) for wanted in lists for item in wanted.get("items", ())]
    found = document.recommendations
    for wanted, item in [({}, item) for item in main] + others:
        mine = [r for r in found if begins(r.text, item["first_words"])]
        labels = [r.label for r in mine]
        field = "other recommendation lists" if wanted else "recommendations"
        sheet.add(field, _numbered(item, labels), f"{item['number']}: {item['first_words']}", labels)
        if wanted and truth["kind"] == "inspection report":
            check_addressee(sheet, mine, is_board(wanted.get("parent_heading")), item["first_words"])
    known = [item["first_words"] for item in (*main, *(item for _, item in others))]
    known += [item["first_words"] for item in _other_actions(truth.get("actions", {}))]
    for r in found:
        if not any(begins(r.text, words) for words in known):
            shown = f"{r.label}: {r.text}"
            sheet.add("recommendations: none invented", False, "no such recommendation", shown)
    sheet.add("recommendations: none invented", True)


def _numbered(item: Truth, labels: Sequence[str | None]) -> bool:
    if item.get("number_printed") is False:
        return bool(labels)
    return str(item["number"]).strip("()") in {(label or "").strip("().") for label in labels}


def _progress(sheet: Sheet, truth: Truth, document: Document) -> None:
    for item in truth.get("recommendations", ()):
        number, printed = str(item["number"]), item.get("number_printed") is not False
        mine = [p for p in document.progress if p.recommendation == number or not printed]
        words = item.get("progress_first_words")
        starts = [w for w in (words, item.get("progress_first_words_after_status")) if w]
        # A status printed at the head of the cell may stay in the text or be taken out of it.
        starts += [f"{item['status_printed']} {words}"] if item.get("status_printed") and words else []
        holding = [p for p in mine if any(_says(p.text, start) for start in starts)]
        if words is not None:
            got = holding[0].text if holding else [plain(p.text)[:60] for p in mine][:3]
            sheet.add("progress", bool(holding), f"{number}: {words}", got)
        elif mine and printed:
            sheet.add("progress", False, f"{number}: none printed", mine[0].text)
        if words is None and item.get("status") is None and item.get("lead") is None:
            continue
        chosen = holding or (mine if printed else [])
        statuses = {_status(p.status) for p in chosen if p.status}
        allowed = {_status(item.get("status")), _status(item.get("status_printed"))} - {""}
        right = bool(statuses) and statuses <= allowed if allowed else not statuses
        sheet.add("progress: status", right, f"{number}: {item.get('status')}", sorted(statuses))
        leads = {plain(p.lead) for p in chosen if p.lead}
        right = any(same(lead, item["lead"]) for lead in leads) if item.get("lead") else not leads
        sheet.add("progress: lead", right, f"{number}: {item.get('lead')}", sorted(leads))


def _says(text: str, start: str) -> bool:
    return any(begins(line, start) for line in (text, *text.split("\n")))


def _status(text: str | None) -> str:
    return folded(re.sub(r"\([^)]*\)", "", text or ""))


def _other_actions(truth: Truth) -> list[Truth]:
    return [item for other in truth.get("other_action_lists", ()) for item in other["items"]]


def _actions(sheet: Sheet, truth: Truth, read: Sequence[Action]) -> None:
    if not truth:
        return
    others = _other_actions(truth)
    allowed = {truth["count"], truth["count"] + len(others)}
    sheet.add("actions: count", len(read) in allowed, sorted(allowed), len(read))
    counted = Counter(action.recommendation or "" for action in read)
    statuses = Counter(_status(action.status) for action in read)
    counts = [
        *(("by recommendation", number, count, counted[number])
          for number, count in truth.get("by_recommendation", {}).items()),
        *(("by theme", theme, counts["tasks"], sum(_of_theme(action, theme) for action in read))
          for theme, counts in truth.get("by_theme", {}).items()),
        *(("status", status, count, statuses[folded(status)] + statuses[folded(status)[:1]])
          for status, count in truth.get("status_counts", {}).items()),
    ]  # fmt: skip
    for field, name, count, got in counts:
        sheet.add(f"actions: {field}", got == count, f"{name}: {count}", got)
    done = [action for action in read if _status(action.status) in {"complete", "completed", "c"}]
    complete = {f"{action.recommendation} {_ref(action.ref)}" for action in done}
    for name in truth.get("complete", ()):
        sheet.add("actions: status", _ref(name) in complete, f"{name} complete", sorted(complete))
    for sample in truth.get("sample", ()):
        _action_sample(sheet, sample, read)
    for item in others:
        mine = [action for action in read if begins(action.text, item["first_words"])]
        sheet.add("other actions", bool(mine), item["first_words"], "not read")
        right = any(same(a.lead, item["lead"]) and same(a.finish, item["timescale"]) for a in mine)
        shown = [(a.lead, a.finish) for a in mine]
        sheet.add("other actions: lead and finish", right, f"{item['lead']}, {item['timescale']}", shown)


def _action_sample(sheet: Sheet, sample: Truth, read: Sequence[Action]) -> None:
    belongs, ref, milestone = str(sample["recommendation"]), _ref(str(sample["ref"])), sample.get("milestone")
    near = [action for action in read if begins(action.text, sample["first_words"])]
    mine = [
        action
        for action in near
        if (action.recommendation == belongs or _of_theme(action, belongs))
        and (_ref(action.ref) == ref or _ref(action.ref).split()[-1:] == [ref])
    ]
    where = f"{belongs} {milestone or ''} {ref}: "
    shown = [(a.recommendation, a.theme, a.ref) for a in near]
    sheet.add("actions: sample", bool(mine), where + sample["first_words"], shown)
    if milestone:
        printed = [f"{a.ref} {a.theme} {a.recommendation} {a.milestone}" for a in mine]
        right = any(re.search(rf"\b{milestone}\b", text) for text in printed)
        sheet.add("actions: milestone", right, where, printed)
    for field in ("lead", "start", "finish", "status"):
        values = [getattr(action, field) for action in mine or near]
        allowed = [sample.get(field), sample.get(f"{field}_printed") or sample.get(field)]
        right = any(
            same(value, one) or (field == "status" and _status(value)[:1] == _status(one)[:1])
            for value in values
            for one in allowed
        )
        sheet.add(f"actions: {field}", right, f"{where}{sample.get(field)}", values)


def _of_theme(action: Action, theme: str) -> bool:
    pattern = rf"\b{re.escape(theme)}\b"
    return bool(re.search(pattern, f"{action.theme} {action.recommendation}", re.IGNORECASE))


def _ref(text: str | None) -> str:
    return folded(text).replace(".", "").replace("/", " ")


def _indicators(sheet: Sheet, truth: Truth, read: Sequence[Indicator]) -> None:
    if not truth:
        return
    sheet.add("indicators: count", len(read) == truth["count"], truth["count"], len(read))
    if "distinct_codes" in truth:
        wanted, codes = truth["distinct_codes"], len({plain(item.code) for item in read if item.code})
        sheet.add("indicators: count", codes == wanted, f"{wanted} codes", f"{codes} codes")
    counted = Counter(item.recommendation for item in read)
    for number, count in truth.get("by_recommendation", {}).items():
        got = counted[number]
        sheet.add("indicators: by recommendation", got == count, f"{number}: {count}", got)
    for sample in truth.get("sample", ()):
        number, where = str(sample["recommendation"]), f"{sample['code']}: "
        mine = [i for i in read if same(i.code, sample["code"]) and i.recommendation in {number, None}]
        right = any(begins(i.text, sample["first_words"]) and i.recommendation == number for i in mine)
        shown = [(item.recommendation, item.text) for item in mine]
        sheet.add("indicators: sample", right, where + sample["first_words"], shown)
        for field in ("lead", "target", "value"):
            values = [getattr(item, field) for item in mine]
            printed = sample.get(f"{field}_printed")
            allowed = {_none_if_dash(sample.get(field))} | (
                {_none_if_dash(printed)} if printed is not None else set()
            )
            right = any(_none_if_dash(value) in allowed for value in values)
            sheet.add(f"indicators: {field}", right, f"{where}{sample.get(field)}", values)


def _none_if_dash(value: str | None) -> str:
    text = folded(value)
    return "" if text == "-" else text
