"""The route that gives an answer as a file; there is no logic in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field

from search_api.answers.answering import answer_question
from search_api.engine import Engine
from search_api.http.answer_table import Order, answer_to_csv
from search_api.http.parameters import AnswerParameters, AskedBy


class TableParameters(AnswerParameters):
    """What `/api/answer.csv` may be asked: a question, the filters, and an order."""

    sort: Order = Field("answer", description="The order of the rows; newest is by date, the latest first")


_TABLE = AskedBy(TableParameters)


def create_answer_table_api(engine: Engine) -> APIRouter:
    """Make the route over an engine."""
    api = APIRouter()

    @api.get(
        "/api/answer.csv",
        tags=["search"],
        response_class=Response,
        openapi_extra=_TABLE.described(),
    )
    def table(asked: Annotated[TableParameters, Depends(_TABLE)]) -> Response:
        """Give an answer's citations as CSV, all of them."""
        found = answer_question(engine.snapshot(), asked.q, asked.filters, without=asked.without)
        return Response(
            answer_to_csv(found, asked.sort),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="answer.csv"'},
        )

    return api
