"""The addresses of a search: its page, and the same results as CSV and JSON.

Each reads what was asked, calls `search_api`, and hands plain values to a template. No view decides anything
about ranking, counting or answering.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from indexer.errors import QueryError
from search_api.answers.answer import Answer
from search_api.answers.answering import answer_to
from search_api.engine import Engine
from search_api.fields import ROWS
from search_api.packs import exports
from search_api.search.inquiry import inquire
from search_api.search.result_set import MOST_EXPORTED, Order, ResultSet, find, result_set
from search_api.snapshot import Snapshot
from web.pages import wording
from web.pages.search import answer_part
from web.pages.search import page as search_page
from web.pages.search.address import PER_PAGE, Asked, asked
from web.pages.search.facet_links import facet_links
from web.templates import Templates

Home = Callable[..., Response]


def add_search(router: APIRouter, engine: Engine, templates: Templates, home: Home) -> None:
    """Add the search page and its exports; `home` makes the front page with an error on it."""

    @router.get("/search")
    def show_search(request: Request) -> Response:
        snapshot = engine.snapshot()
        question = _asked(request)
        if question.question:
            return _search(snapshot, templates, question)
        if "q" in request.query_params:
            return home(error="Enter what you want to search for", status=400)
        return RedirectResponse("/", status_code=303)

    @router.get("/search.csv")
    def send_csv(request: Request) -> Response:
        snapshot = engine.snapshot()
        found = _found(snapshot, _asked(request))
        body = exports.hits_to_csv(found.hits(found.rows[:MOST_EXPORTED].tolist()))
        return Response(body, media_type="text/csv; charset=utf-8", headers=_to_save("findings.csv"))

    @router.get("/search.json")
    def send_json(request: Request) -> Response:
        snapshot = engine.snapshot()
        found = _found(snapshot, _asked(request))
        hits = found.hits(found.rows[:MOST_EXPORTED].tolist())
        body = {
            "query": found.query.question,
            "filters": found.filters,
            "total": found.total,
            "close": found.close,
            "index": snapshot.index.digest,
            "passages": [exports.hit_record(hit) for hit in hits],
        }
        return JSONResponse(body, headers=_to_save("findings.json"))


def _asked(request: Request) -> Asked:
    names = request.query_params.keys()
    return asked({name: request.query_params.getlist(name) for name in names})


def _found(snapshot: Snapshot, question: Asked) -> ResultSet:
    return find(
        snapshot, question.question, question.filters, without=question.without, order=_order(question)
    )


def _order(question: Asked) -> Order:
    return "date" if question.newest_first else "relevance"


def _to_save(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _search(snapshot: Snapshot, templates: Templates, question: Asked) -> Response:
    documents = snapshot.index.documents()
    values: dict[str, Any] = {
        "area": "search",
        "asked": question,
        "heading": f"Results for “{question.question[:200]}”",
        "searched": wording.count(len(documents), "document"),
        "last_page": 1,
        "clear": question.url(without=("all",), **dict.fromkeys(ROWS)),
    }
    try:
        with inquire(snapshot, question.question, question.filters, question.without) as inquiry:
            found = result_set(inquiry, _order(question))
            shortcuts = search_page.shortcuts(found, documents) if question.page == 1 else []
            # A question that only names a council or a year asks nothing that a sentence could answer.
            asks = bool(found.query.terms) and not search_page.recommendation_is_asked_for(shortcuts)
            answer = answer_to(inquiry) if question.page == 1 and asks else None
    except QueryError as error:
        problem = search_page.problem(str(error))
        refused = {
            "facets": (),
            "error": problem.text,
            "errors": [problem],
            "at_question": problem.href == "#q",
            "tags": search_page.tags(question, ()),
        }
        return templates.page("search/search.html", status=400, **values | refused)
    groups = found.groups()
    links = search_page.pagination(question, len(groups))
    last = (links[-1].number or 1) if links else 1
    tags = search_page.tags(question, found.understood)
    facets = facet_links(question, found.facets)
    shown = {
        "last_page": last,
        "facets": facets,
        "councils": next((facet for facet in facets if facet.name == "council"), None),
        "tags": tags,
        "results": search_page.results(found, groups, question.page),
        "nearest": search_page.nearest(found) if question.page >= last else [],
        "first_rank": (question.page - 1) * PER_PAGE + 1,
        "total_words": search_page.found_in_words(found, filtered=bool(tags)),
        "limits": search_page.limits_in_words(found, groups, question.newest_first),
        "shortcuts": shortcuts,
        "try_these": search_page.what_to_try(question, found.understood),
        "close": found.close,
        "exported": "All of it" if found.total <= MOST_EXPORTED else f"The first {MOST_EXPORTED:,} passages",
        "sort_url": question.url(sort=None if question.newest_first else "date"),
        "csv_url": question.url("/search.csv"),
        "json_url": question.url("/search.json"),
        "notes": found.notes,
        "page_links": links,
        "here": question.url(page=question.page if question.page > 1 else None),
        "previous": question.url(page=question.page - 1) if question.page > 1 else None,
        "next": question.url(page=question.page + 1) if question.page < last else None,
    }
    return templates.page("search/search.html", **values | shown | _answer(question, answer, found))


def _answer(question: Asked, answer: Answer | None, found: ResultSet) -> dict[str, Any]:
    if answer is None:
        return {"sides": []}
    sides = answer_part.sides(answer)
    pages = answer_part.pages_of(sides)
    page = min(question.answer_page, pages)
    return {
        "sides": answer_part.on_page(sides, page),
        "counted": answer.kind == "survey",
        "answer_page": page,
        "answer_pages": pages,
        "answer_previous": question.url(answer_page=page - 1 if page > 2 else None) if page > 1 else None,
        "answer_next": question.url(answer_page=page + 1) if page < pages else None,
        "answer_csv": question.url("/api/answer.csv", sort=None),
        "reach": answer_part.reach(answer, found.councils if found.close else None),
        "coverage_note": answer_part.note(answer),
        "not_found": answer.reason if answer.status == "not_found" else None,
    }
