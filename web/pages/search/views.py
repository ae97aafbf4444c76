"""The addresses of a search: its page, the same results as CSV, JSON and Atom, and its answer written up.

Each reads its parameters, calls `search_api`, and hands plain values to a template. No view decides anything
about ranking, counting or answering. An answer written up has an address of its own, so that no search ever waits
for a language model; where no writer is set there is no such page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from indexer.document import GRADES
from indexer.errors import QueryError
from indexer.register.areas import TITLES
from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question, answer_to
from search_api.answers.asked import ASKS, PARTS, asked_in, question_for
from search_api.fields import ROWS
from search_api.http.atom import MEDIA_TYPE, feed
from search_api.http.base_address import base_of
from search_api.packs import exports
from search_api.question.query import READING
from search_api.question.slots import slots_of
from search_api.search.inquiry import inquire
from search_api.search.result_set import MOST_EXPORTED, Order, ResultSet, find, result_set
from search_api.snapshot import Snapshot
from search_api.writer.endpoint import settings_from
from search_api.writer.written import Written, written_for
from web.pages import display
from web.pages.home import home_page
from web.pages.search import answer_part
from web.pages.search import page as search_page
from web.pages.search.address import PER_PAGE, SearchAddress, facet_links, read_address
from web.pages.search.suggestions import did_you_mean
from web.pages.site import NotHereError, Site, parameters, to_save
from web.pages.subjects.links import weakness_links

_NOT_OF_A_FEED = frozenset({"page", "sort"})


def add_search(site: Site) -> None:
    """Add the search page, its exports, its feed and the answer written up; UsageError where the writer's settings
    can't be used.
    """
    router, engine = site.router, site.engine
    site.templates.environment.globals["writer_on"] = settings_from() is not None

    @router.get("/search")
    def show_search(request: Request) -> Response:
        snapshot = engine.snapshot()
        question = _read(request)
        if question.question:
            return _search(site, snapshot, question)
        if "q" in request.query_params:
            return home_page(site, "Enter what you want to search for")
        return RedirectResponse("/", status_code=303)

    @router.get("/ask")
    def ask_in_parts(request: Request) -> Response:
        given = parameters(request)
        parts = {name: "".join(given.get(f"ask_{name}", ())[-1:]) for name in PARTS}
        question = question_for(parts)
        if not question:
            return home_page(site, "Enter a subject to ask about")
        return RedirectResponse(_read(request).url(q=question), status_code=303)

    @router.get("/search.csv")
    def send_csv(request: Request) -> Response:
        snapshot = engine.snapshot()
        found = _found(snapshot, _read(request))
        body = exports.hits_to_csv(found.hits(found.rows[:MOST_EXPORTED].tolist()), base_of(request))
        return Response(body, media_type="text/csv; charset=utf-8", headers=to_save("findings.csv"))

    @router.get("/search.json")
    def send_json(request: Request) -> Response:
        snapshot = engine.snapshot()
        found = _found(snapshot, _read(request))
        hits = found.hits(found.rows[:MOST_EXPORTED].tolist())
        body = {
            "query": found.query.typed,
            "filters": found.filters,
            "total": found.total,
            "close": found.close,
            "index": snapshot.index.digest,
            "passages": [exports.hit_record(hit) for hit in hits],
        }
        return JSONResponse(body, headers=to_save("findings.json"))

    @router.get("/search.atom")
    def show_feed(request: Request) -> Response:
        snapshot = engine.snapshot()
        tag = f'"{snapshot.index.digest[:24]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        found = _found(snapshot, replace(_read(request), newest_first=True))
        # The nearest passages to a question that nothing speaks of are no news of it.
        hits = found.hits(found.rows[:MOST_EXPORTED].tolist()) if found.close else []
        given = request.query_params.multi_items()
        kept = [(name, value) for name, value in given if name not in _NOT_OF_A_FEED]
        body = feed(found.query.question, hits, kept, base_of(request), snapshot.index.manifest.built)
        return Response(body, media_type=MEDIA_TYPE, headers={"ETag": tag})

    @router.get("/written")
    def show_written(request: Request) -> Response:
        snapshot = engine.snapshot()
        if settings_from() is None:
            raise NotHereError("No writer is set here, so that answers are quotations alone.")
        question = _read(request)
        if not question.question:
            return RedirectResponse("/", status_code=303)
        found = answer_question(snapshot, question.question, question.filters, without=question.without)
        written = written_for(found)
        return site.templates.page(
            "search/written.html",
            area="search",
            search=question,
            answer=found,
            written=written,
            dropped=dropped_in_words(written),
        )


def _read(request: Request) -> SearchAddress:
    return read_address(parameters(request))


def _found(snapshot: Snapshot, question: SearchAddress) -> ResultSet:
    return find(
        snapshot, question.question, question.filters, without=question.without, order=_order(question)
    )


def _order(question: SearchAddress) -> Order:
    return "date" if question.newest_first else "relevance"


def _search(site: Site, snapshot: Snapshot, question: SearchAddress) -> Response:
    documents = snapshot.index.documents()
    values: dict[str, Any] = {
        "area": "search",
        "search": question,
        "heading": f"Results for “{question.question[:200]}”",
        "searched": display.count(len(documents), "document"),
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
            parts = asked_in(inquiry.query, slots_of(inquiry.query), answer.query_kind) if answer else None
            read_as = search_page.read_as(question, inquiry.mended, inquiry.operators)
    except QueryError as error:
        problem = search_page.problem(str(error))
        refused = {
            "facets": (),
            "at_question": problem.href == "#q",
            "tags": search_page.tags(question, ()),
        }
        return site.templates.page(
            "search/search.html", 400, error=problem.text, mend=problem.href, **values | refused
        )
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
        "read_as": read_as,
        "results": search_page.results(found, groups, question.page),
        "nearest": search_page.nearest(found) if question.page >= last else [],
        "first_rank": (question.page - 1) * PER_PAGE + 1,
        "total_words": search_page.found_in_words(found, filtered=bool(tags)),
        "limits": search_page.limits_in_words(found, groups, question.newest_first),
        "shortcuts": shortcuts,
        "try_these": search_page.what_to_try(question, found.understood, read_as),
        "close": found.close,
        "meant": None if found.close else did_you_mean(snapshot.holdings.known.councils, question.question),
        "exported": "All of it" if found.total <= MOST_EXPORTED else f"The first {MOST_EXPORTED:,} passages",
        "sort_url": question.url(sort=None if question.newest_first else "date"),
        "csv_url": question.url("/search.csv"),
        "json_url": question.url("/search.json"),
        "feed_url": question.url("/search.atom", sort=None),
        "notes": found.notes,
        "page_links": links,
        "here": question.url(page=question.page if question.page > 1 else None),
        "previous": question.url(page=question.page - 1) if question.page > 1 else None,
        "next": question.url(page=question.page + 1) if question.page < last else None,
    }
    shown |= {"asked": parts, "asks": ASKS, "areas": TITLES, "grades": GRADES}
    return site.templates.page("search/search.html", **values | shown | _answer(question, answer, found))


def _answer(question: SearchAddress, answer: Answer | None, found: ResultSet) -> dict[str, Any]:
    if answer is None:
        return {"sides": [], "rows": []}
    if answer.reading:
        return _register(question, answer, found.snapshot)
    sides = answer_part.sides(answer)
    pages = answer_part.pages_of(sides)
    page = min(question.answer_page, pages)
    on_page = answer_part.on_page(sides, page)
    said = (one for side in on_page for council in side.councils for one in council.statements)
    return {
        "rows": [],
        "sides": on_page,
        "turned": weakness_links(found.snapshot, (one.passage_id for one in said if one.passage_id)),
        "counted": answer.kind == "survey",
        "answer_page": page,
        "answer_pages": pages,
        "answer_previous": question.url(answer_page=page - 1 if page > 2 else None) if page > 1 else None,
        "answer_next": question.url(answer_page=page + 1) if page < pages else None,
        "answer_csv": question.url("/api/answer.csv", sort=None),
        "worksheet_url": question.url("/worksheet", sort=None),
        "reach": answer_part.reach(answer, found.councils if found.close else None),
        "coverage_note": answer_part.note(answer),
        "not_found": answer.reason if answer.status == "not_found" else None,
    }


def dropped_in_words(written: Written | None) -> str:
    """Say how many sentences were dropped and why; empty where none was."""
    if written is None or not written.dropped:
        return ""
    why = "; ".join(
        f"{reason} ({display.count(times, 'time')})" if times > 1 else reason
        for reason, times in sorted(written.reasons.items(), key=lambda item: -item[1])
    )
    return f"{display.count(written.dropped, 'sentence')} dropped as not supported: {why}."


def _register(question: SearchAddress, answer: Answer, snapshot: Snapshot) -> dict[str, Any]:
    """Show an answer of the register's rows: what the question was taken for, the count, and a page of rows."""
    rows = answer_part.rows(answer)
    each = answer_part.ROWS_ON_A_PAGE
    pages = max(1, -(-len(rows) // each))
    page = min(question.answer_page, pages)
    on_page = rows[(page - 1) * each : page * each]
    return {
        "sides": [],
        "rows": on_page,
        "turned": weakness_links(snapshot, (row.passage_id for row in on_page if row.passage_id)),
        "reading": answer.reading,
        "counted_rows": answer.counted,
        "answer_notes": answer.notes,
        "as_passages": question.url(without=tuple(dict.fromkeys((*question.without, READING)))),
        "answer_page": page,
        "answer_pages": pages,
        "answer_previous": question.url(answer_page=page - 1 if page > 2 else None) if page > 1 else None,
        "answer_next": question.url(answer_page=page + 1) if page < pages else None,
        "answer_csv": question.url("/api/answer.csv", sort=None),
        "worksheet_url": question.url("/worksheet", sort=None),
        "not_found": answer.reason if answer.status == "not_found" else None,
    }
