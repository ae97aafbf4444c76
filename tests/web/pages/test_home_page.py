"""The front page shows a question of each kind, and each is answered as the page says."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from search_api.answers.answering import answer_question
from search_api.engine import Engine
from tests.web.checked_client import CheckedClient


def test_front_page_shows_six_questions_that_are_answered(client: CheckedClient, engine: Engine) -> None:
    page = client.page("/")
    (shown,) = page.xpath("//h2[. = 'Questions that are answered here']/following-sibling::ul[1]")
    links = shown.xpath(".//a")
    assert len(links) == 6
    for link, said in zip(links, shown.xpath("./li"), strict=True):
        (question,) = parse_qs(urlsplit(link.get("href")).query)["q"]
        assert link.text_content() == question
        answer = answer_question(engine.snapshot(), question)
        assert answer.status == "answered"
        first = answer.counted or answer.statements[0].text
        assert " ".join(first.split())[:60] in " ".join(said.text_content().split())
