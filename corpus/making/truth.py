"""What a person reads in each sample document, known by construction from its source and its layout.

Nothing here opens a finished document: were it read back, the truth would share the reader's mistakes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from corpus.making.papers import RAG, PaperRow, TablePaper, without_brackets
from corpus.making.pdf import Printed
from corpus.making.source import (
    Bullet,
    NumberedParagraph,
    Placed,
    SourceHeading,
    WrittenSource,
    WrittenSourceError,
    full_text,
    spoken,
)

Json = dict[str, Any]


def first_words(text: str, count: int = 8) -> str:
    """Return the words by which a text is recognised from its start."""
    return " ".join(text.split()[:count])


def last_words(text: str, count: int = 6) -> str:
    """Return the words by which a text is recognised from its end."""
    return " ".join(text.split()[-count:])


# Inspection reports


def report_truth(source: WrittenSource, printed: Printed, file: str) -> Json:
    """Describe one report in the shape of a hand-read case; ``sample`` holds every numbered paragraph."""
    meta = source.meta
    sif = meta["framework"] == "SIF"
    placed = list(source.placed())
    main = [p.block for p in placed if _is_recommendation(p)]
    numbers = [b.number for b in main if isinstance(b, NumberedParagraph)]
    heading = "Recommendations" if sif else _improve_heading(source)
    entry: Json = {
        "file": file,
        "council": source.council,
        "framework": meta["framework"],
        "inspection_start": meta["inspection_start"].isoformat(),
        "inspection_end": meta["inspection_end"].isoformat(),
        "published": meta["published"].isoformat() if "published" in meta else None,
        "lead_inspector": meta["lead_inspector"],
        "pages": printed.pages,
        "judgements": [_judgement(j) for j in meta["judgements"]],
        "recommendations": {
            "heading": heading,
            "numbered": sif,
            "count": len(main),
            **({"numbers": [numbers[0], numbers[-1]]} if numbers else {}),
            "first_words": [first_words(spoken(_words(b))) for b in main],
        },
        "numbered_paragraphs": _numbering(source),
        "sample": [_paragraph(p, printed) for p in placed if isinstance(p.block, NumberedParagraph)],
        "note": "Written from the source of this sample; 'page' comes from the layout.",
    }
    if sif:
        entry["overall_statement"] = {"printed": meta["overall_statement"], "grade": meta["overall_grade"]}
        board = [
            spoken(p.block.text)
            for p in placed
            if isinstance(p.block, Bullet) and p.heading == "Recommendations"
        ]
        entry["more_recommendations"] = [
            {
                "heading": "Recommendations",
                "numbered": False,
                "count": len(board),
                "first_words": [first_words(t) for t in board],
                "parent_heading": next(p.part for p in placed if p.heading == "Recommendations"),
            }
        ]
    return entry


def _judgement(meta: Mapping[str, Any]) -> Json:
    entry: Json = {"area": meta["area"], "grade": meta["grade"]}
    if "number" in meta:
        entry["number_printed"] = meta["number"]
    if "printed" in meta:
        entry["grade_printed"] = meta["printed"]
    if "printed_in_text" in meta:
        entry["printed"] = f"{meta['printed_in_text']} (not on the front page)"
    return entry


def _is_recommendation(placed: Placed) -> bool:
    """Say whether it is in the main list, be that numbered or the bullets of 'What needs to improve'."""
    if isinstance(placed.block, NumberedParagraph):
        return placed.part == "Recommendations"
    return isinstance(placed.block, Bullet) and (placed.heading or "").startswith("What needs to improve")


def _improve_heading(source: WrittenSource) -> str:
    found = (
        b.text for b in source.blocks if isinstance(b, SourceHeading) and b.text.startswith("What needs to")
    )
    return spoken(next(found))


def _words(block: object) -> str:
    if isinstance(block, NumberedParagraph | Bullet):
        return block.text
    raise WrittenSourceError(f"not a recommendation: {block}")


def _numbering(source: WrittenSource) -> Json:
    numbers = [p.number for p in source.numbered()]
    return {"first": numbers[0], "last": numbers[-1], "gaps": [], "restarts": False}


def _paragraph(placed: Placed, printed: Printed) -> Json:
    block = placed.block
    if not isinstance(block, NumberedParagraph):
        raise WrittenSourceError("only numbered paragraphs have a place in the truth")
    span = printed.spans[block.number]
    text = full_text(block)
    nearest = placed.part if placed.heading in (None, "Inspection findings") else placed.heading
    entry: Json = {
        "paragraph": block.number,
        "page": span.first_page,
        "section": spoken(nearest or ""),
        "first_words": first_words(text),
        "last_words": last_words(text),
        "crosses_page": span.crosses_page,
    }
    if placed.topic:
        entry["sub_section"] = placed.topic
    if span.crosses_page:
        entry["end_page"] = span.last_page
        entry["words_either_side_of_break"] = span.break_words
    return entry


# Papers


def paper_truth(source: WrittenSource, file: str, rows: Sequence[PaperRow]) -> Json:
    """Describe a committee paper in the shape of a hand-read text case."""
    meta = source.meta
    asked = source.numbered()[-1]
    numbers = [p.number for p in source.numbered()]
    return {
        "file": file,
        "council": source.council,
        "kind": meta["kind"],
        "title": meta["title"],
        "date": meta["date"].isoformat(),
        "author": meta["author"],
        "numbered_paragraphs": {"first": numbers[0], "last": numbers[-1], "missing": [], **_odd(meta)},
        "recommendations": [_row(r) for r in rows],
        "recommendation_count": len(rows),
        "other_recommendation_lists": [
            {
                "heading": "Recommendations",
                "note": f"what the committee is asked to do, paragraph {asked.number}",
                "count": len(asked.bullets),
                "items": [_asked(number, b.text) for number, b in enumerate(asked.bullets, 1)],
            }
        ],
        "actions": {"count": 0, "sample": []},
        "indicators": {"count": 0, "sample": []},
        "judgements": [{"area": j["area"], "grade": j["grade"]} for j in meta.get("judgements", [])],
        "notes": [],
    }


def _asked(number: int, text: str) -> Json:
    lettered = text.startswith("(")
    label, _, words = text.partition(" ") if lettered else (number, "", text)
    return {"number": label, "first_words": first_words(words)}


def _odd(meta: Mapping[str, Any]) -> Json:
    forms = meta.get("number_forms", [])
    odd = {form: [n for n, f in enumerate(forms, 1) if f == form] for form in dict.fromkeys(forms)}
    named = {"dash": "behind a dash, no full stop", "bare": "bare, no full stop", "stop": "with a full stop"}
    return {"odd": [], "odd_detail": {named[form]: at for form, at in odd.items()}}


def _row(row: PaperRow) -> Json:
    return {
        "number": row.number,
        "first_words": first_words(row.text),
        "progress_first_words": first_words(row.progress.replace("//", " ")),
        "status": row.status.capitalize() if row.status and row.status.isupper() else row.status,
        "lead": row.lead,
    }


def table_truth(paper: TablePaper, file: str) -> Json:
    """Describe a progress table or a plan, every action and every indicator listed."""
    meta = paper.meta
    actions = [_action(r.number, a) for r in paper.rows for a in r.raw.get("actions", ())]
    indicators = [_indicator(r.number, i) for r in paper.rows for i in r.raw.get("indicators", ())]
    return {
        "file": file,
        "council": meta["council"],
        "kind": meta["kind"],
        "title": meta["title"],
        "date": meta["date"].isoformat(),
        "numbered_paragraphs": {"first": None, "last": None, "missing": [], "odd": []},
        "recommendations": [_row(r) for r in paper.rows],
        "recommendation_count": len(paper.rows),
        "other_recommendation_lists": _repeated(paper),
        "actions": {
            "count": len(actions),
            "status_counts": dict(Counter(a["status"] for a in actions)),
            "by_recommendation": _counts(a["recommendation"] for a in actions),
            "sample": actions,
        },
        "indicators": {
            "count": len(indicators),
            "by_recommendation": _counts(i["recommendation"] for i in indicators),
            "sample": indicators,
        },
        "judgements": [],
        "notes": [
            *(
                f"Row {r.number} goes on after a repeated header; it is one row."
                for r in paper.rows
                if "//" in r.progress
            ),
            *(
                f"{r.number} stands in one cell with its words."
                for r in paper.rows
                if r.raw.get("glued_number")
            ),
        ],
    }


def _repeated(paper: TablePaper) -> list[Json]:
    """List the live recommendations, which a plan prints a second time as headings over their actions."""
    live = [r for r in paper.rows if "actions" in r.raw]
    items = [{"number": r.number, "first_words": first_words(r.text), "lead": r.lead} for r in live]
    heading = "Recommendation N: ... (sections with indicators and actions)"
    numbers = [r.number for r in live]
    return [{"heading": heading, "count": len(live), "numbers": numbers, "items": items}] if live else []


def _counts(numbers: Iterable[int]) -> dict[str, int]:
    return {str(n): count for n, count in Counter(numbers).items()}


def _action(number: int, cells: Sequence[str]) -> Json:
    ref, text, lead, start, finish, rag = cells
    return {
        "recommendation": number,
        "ref": ref,
        "first_words": first_words(text),
        "lead": lead,
        "start": start,
        "finish": finish,
        "status": RAG[rag],
        "status_printed": rag,
    }


def _indicator(number: int, cells: Sequence[str]) -> Json:
    code, text, lead, target, value = cells
    first = first_words(text)
    return {
        "code": code,
        "recommendation": number,
        "first_words": first,
        "lead": lead,
        "target": target,
        "value": value,
    }


# Questions, evidence, links


def evidence(source: WrittenSource, file: str) -> list[Json]:
    """List the recommendations that name the paragraphs they rest on, without the bracket in the query."""
    entries = []
    for paragraph in source.numbered():
        text = spoken(paragraph.text)
        if " (paragraph" in text:
            bracket = text.rpartition("(")[2]
            cited = [n for n in bracket.replace(",", " ").rstrip(").").split() if n.isdigit()]
            entry = {
                "file": file,
                "recommendation": str(paragraph.number),
                "query": without_brackets(text),
                "relevant": cited,
            }
            entries.append(entry)
    return entries


def question(entry: Mapping[str, Any], file: str, label: int, page: int | None, text: str) -> Json:
    """Return a question with the paragraph that answers it; the answer must stand in ``text``."""
    if entry["answer"] not in text:
        raise WrittenSourceError(f"{file} {label}: the answer is not in the paragraph: {entry['answer']!r}")
    return {
        "question": entry["ask"],
        "kind": entry["kind"],
        "names_council": entry["council"],
        "file": file,
        "paragraph": str(label),
        "page": page,
        "answer": entry["answer"],
    }
