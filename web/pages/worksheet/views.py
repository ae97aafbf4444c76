"""A survey's worksheet: its rows to be ticked right or wrong, the count that is left, and the whole as CSV.

The form holds all that a reader has said, and the service keeps none of it. What an answer is, and what a correction
changes, is `search_api`'s business.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from indexer.register.inspections import inspected
from search_api.answers.answer import Answer
from search_api.answers.answering import answer_question
from search_api.answers.worksheet import MARKS, MarkedRow, Worksheet, worksheet_of, worksheet_to_csv
from search_api.snapshot import Snapshot
from web.pages import display
from web.pages.search.address import SearchAddress, read_address
from web.pages.site import Parameters, Site, page_number, parameters, to_save

_MOST_BYTES, _MOST_FIELDS = 4_000_000, 40_000
_LONGEST_REASON, _LONGEST_NAME = 300, 100
ROWS_ON_A_PAGE = 50
_VERDICTS = {"strength": "praised", "weakness": "criticised", "mixed": "both", "neutral": ""}


def add_worksheet(site: Site) -> None:
    """Add the worksheet of a question and its CSV."""
    router, engine = site.router, site.engine

    @router.get("/worksheet")
    def show_worksheet(request: Request) -> Response:
        return _shown(site, engine.snapshot(), read_address(parameters(request)), {})

    @router.post("/worksheet")
    async def correct_worksheet(request: Request) -> Response:
        fields = await _form(request)
        return await run_in_threadpool(
            _shown, site, engine.snapshot(), read_address(parameters(request)), fields
        )

    @router.post("/worksheet.csv")
    async def send_worksheet(request: Request) -> Response:
        fields = await _form(request)
        return await run_in_threadpool(_file, engine.snapshot(), read_address(parameters(request)), fields)


async def _form(request: Request) -> Parameters:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "that is too much for a worksheet; shorten the reasons")
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(413, "that is too much for a worksheet; ask for fewer rows") from error


def _judged(fields: Parameters) -> dict[str, MarkedRow]:
    """Read what a form says of each row: `mark.KEY` and `reason.KEY`."""
    said: dict[str, MarkedRow] = {}
    for name in fields:
        part, _, key = name.partition(".")
        if part in ("mark", "reason") and key:
            mark = "".join(fields.get(f"mark.{key}", ())[-1:])
            reason = " ".join("".join(fields.get(f"reason.{key}", ())[-1:]).split())[:_LONGEST_REASON]
            said[key] = MarkedRow(next((one for one in MARKS if one == mark), None), reason)
    return said


def _reader(fields: Parameters) -> str:
    return " ".join("".join(fields.get("reader", ())[-1:]).split())[:_LONGEST_NAME]


def _asked(snapshot: Snapshot, question: SearchAddress, fields: Parameters) -> tuple[Answer, Worksheet]:
    answer = answer_question(snapshot, question.question, question.filters, without=question.without)
    return answer, worksheet_of(answer, _judged(fields))


def _shown(site: Site, snapshot: Snapshot, question: SearchAddress, fields: Parameters) -> Response:
    if not question.question:
        return RedirectResponse("/", status_code=303)
    answer, sheet = _asked(snapshot, question, fields)
    pages = max(1, -(-len(sheet.rows) // ROWS_ON_A_PAGE))
    page = min(page_number("".join(fields.get("page", ())[-1:])), pages)
    first = (page - 1) * ROWS_ON_A_PAGE
    shown = sheet.rows[first : first + ROWS_ON_A_PAGE]
    return site.templates.page(
        "worksheet/worksheet.html",
        area="search",
        heading=f"Worksheet: {question.question[:200]}",
        search=question,
        reading=answer.reading,
        counted=answer.counted or answer.coverage.note,
        reason=answer.reason,
        left=_left_in_words(sheet),
        reader=_reader(fields),
        rows=[
            {
                "key": row.key,
                "council": row.statement.council or "No council named",
                "date": display.date(
                    inspected(row.statement.citations[0].document)
                    or display.day(row.statement.citations[0].document)
                ),
                "verdict": _VERDICTS[row.statement.polarity],
                "quote": row.statement.text,
                "source": row.statement.citations[0].reference,
                "url": row.statement.citations[0].passage.url,
                "mark": row.judged.mark,
                "reason": row.judged.reason,
            }
            for row in shown
        ],
        kept=[row for row in sheet.rows if row not in shown and row.judged != MarkedRow()],
        first=first,
        page=page,
        pages=pages,
        marks=MARKS,
        total=len(sheet.rows),
        longest_reason=_LONGEST_REASON,
        longest_name=_LONGEST_NAME,
        action=question.url("/worksheet", sort=None),
        csv_action=question.url("/worksheet.csv", sort=None),
        back=question.url(),
    )


def _left_in_words(sheet: Worksheet) -> str:
    """Say what the marks come to; "" while there is none."""
    right, wrong = sheet.marked("right"), sheet.marked("wrong")
    if not right + wrong:
        return ""
    return (
        f"{display.count(right, 'row')} marked right, {wrong:,} wrong, {len(sheet.rows) - right - wrong:,} not looked at. "
        f"Without those marked wrong {display.count(sheet.councils_left, 'council')} of {sheet.councils:,} "
        f"{'is' if sheet.councils_left == 1 else 'are'} left."
    )


def _file(snapshot: Snapshot, question: SearchAddress, fields: Parameters) -> Response:
    answer, sheet = _asked(snapshot, question, fields)
    body = worksheet_to_csv(sheet, answer, _reader(fields), snapshot.index.digest)
    return Response(body, media_type="text/csv; charset=utf-8", headers=to_save("worksheet.csv"))
