"""What somebody who types a search may want: councils, subjects, and questions of the kinds that are answered here.

A list for the box as one types (`/suggest`), and "did you mean" for a search that found nothing close, without any script.
This module must not know how a page looks or how anything is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote_plus

from rapidfuzz import fuzz, process
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from indexer.register.subjects import Subject, load_subjects
from search_api.question.words import STOPWORDS
from web.pages import display
from web.pages.site import Site

MOST, LONGEST = 8, 100
"""Suggestions at once, and characters typed that are looked at."""
_COUNCILS, _SUBJECTS, _TAIL = 3, 3, 4
_LIKE = 78
"""The least likeness (in hundredths) of a question to what it may have been meant for."""
_OF_A_SUBJECT = ("Which councils were criticised for {}?", "Which councils improved {}?")
_OF_A_COUNCIL = ("What did inspectors tell {} to improve?", "How is {} rated now?")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be wanted: its words, what kind of thing it is, and where it leads."""

    text: str
    kind: str
    url: str


def add_suggestions(site: Site) -> None:
    """Add the address that the search box asks as one types."""

    @site.router.get("/suggest")
    def suggest(request: Request) -> Response:
        known = site.engine.snapshot().holdings.known.councils
        found = suggestions(known, request.query_params.get("q", ""))
        return JSONResponse({"suggestions": [asdict(one) for one in found]})


def suggestions(councils: Sequence[str], typed: str) -> list[Suggestion]:
    """Complete what is typed: a council's page and a subject first, then its last words in their sentence, then questions."""
    words = typed[:LONGEST].split()
    if len("".join(words)) < 2:
        return []
    found: dict[str, Suggestion] = {}
    for one in _completed(councils, words):
        found.setdefault(one.text.casefold(), one)
    found.pop(" ".join(words).casefold(), None)
    return list(found.values())[:MOST]


def did_you_mean(councils: Sequence[str], question: str) -> Suggestion | None:
    """Give the council or the subject that a question is nearly the name of; None where it is none's, or is right."""
    asked = " ".join(question.split()).casefold()
    choices = {name.casefold(): name for name in councils}
    choices |= {
        words.casefold(): words for subject in load_subjects() for words in (subject.name, *subject.everyday)
    }
    if asked in choices or len(asked) > LONGEST:
        return None
    near = process.extractOne(asked, list(choices), scorer=fuzz.ratio, score_cutoff=_LIKE)
    return _search(choices[near[0]], "Did you mean") if near else None


def _completed(councils: Sequence[str], words: Sequence[str]) -> Iterator[Suggestion]:
    # The longest run of last words that begins a name is what is being typed; what stands before it stays.
    for start in range(max(0, len(words) - _TAIL), len(words)):
        tail, before = [word.casefold() for word in words[start:]], " ".join(words[:start])
        if len("".join(tail)) < 2 or (tail[0] in STOPWORDS and len(tail) > 1):
            continue
        named = [name for name in councils if _begins(tail, name)][:_COUNCILS]
        subjects = _subjects(tail)
        if before:
            yield from (_search(f"{before} {name}", "Search") for name in named)
            yield from (_search(f"{before} {_in_a_sentence(subject)}", "Search") for subject in subjects)
        else:
            yield from (Suggestion(name, "Council", f"/councils/{display.slug(name)}") for name in named)
            yield from (_search(subject.name, "Subject") for subject in subjects)
            yield from _questions(named[:1], subjects[:2])
        if named or subjects:
            return


def _questions(councils: Sequence[str], subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    for subject in subjects:
        yield from (_search(form.format(_in_a_sentence(subject)), "Question") for form in _OF_A_SUBJECT)
    for name in councils:
        yield from (_search(form.format(name), "Question") for form in _OF_A_COUNCIL)


def _subjects(tail: Sequence[str]) -> list[Subject]:
    """Subjects whose name, or else one of whose wordings, holds words that begin as these do; the first said first."""
    ranked = []
    for number, subject in enumerate(load_subjects()):
        names = (subject.name, *subject.everyday, *subject.professional)
        best = next((place for place, name in enumerate(names) if _begins(tail, name)), None)
        if best is not None:
            starts = subject.name.casefold().startswith(tail[0])
            ranked.append((best > 0, not starts, number, subject))
    return [subject for *_, subject in sorted(ranked, key=lambda one: one[:3])[:_SUBJECTS]]


def _begins(tail: Sequence[str], name: str) -> bool:
    """Whether a name holds the words typed, in their order; the last is perhaps not yet whole."""
    held = iter(name.casefold().replace("’", "'").split())
    *whole, last = tail
    return all(any(word == typed for word in held) for typed in whole) and any(
        w.startswith(last) for w in held
    )


def _in_a_sentence(subject: Subject) -> str:
    name = subject.name
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _search(text: str, kind: str) -> Suggestion:
    return Suggestion(text, kind, f"/search?q={quote_plus(text)}")
