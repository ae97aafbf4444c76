"""What became of a recommendation: all that the sample reports on it, in date order, and honesty where there is nothing."""

from __future__ import annotations

from indexer.document import Document
from search_api.comparing.recommendation import follow
from search_api.engine import Engine
from tests.web.checked_client import CheckedClient
from web.pages import display
from web.pages.recommendations import views as recommendation_page


def report_of_2015(engine: Engine) -> Document:
    found = next(
        d for d in engine.snapshot().index.documents() if d.file == "kelderbridge-2015-inspection.pdf"
    )
    whole = engine.snapshot().index.document(found.id)
    assert whole is not None
    return whole


def test_reports_of_every_later_document_stand_in_date_order(client: CheckedClient, engine: Engine) -> None:
    document = report_of_2015(engine)
    fifth = next(r for r in document.recommendations if r.label == "5")
    followed = follow(engine.snapshot(), document, fifth.passage_id)
    assert len({report.document.id for report in followed.reports}) >= 2
    assert {"Progress reported", "Action planned", "Indicator"} <= {
        report.kind for report in followed.reports
    }
    days = [report.date for report in followed.reports]
    assert days == sorted(days)
    page = client.page(f"/recommendations/{fifth.passage_id}")
    entries = page.xpath("//ol[@class='app-timeline']/li")
    assert len(entries) == len(followed.reports)
    for entry in entries:
        path, anchor = entry.xpath(".//a/@href")[0].split("#")
        assert client.page(path).get_element_by_id(anchor) is not None


def test_same_recommendation_is_reached_from_the_plan_that_prints_it_again(engine: Engine) -> None:
    document = report_of_2015(engine)
    fifth = next(r for r in document.recommendations if r.label == "5")
    again = follow(engine.snapshot(), document, fifth.passage_id).printings
    assert again
    other = engine.snapshot().index.document(again[0].document.id)
    assert other is not None
    back = follow(engine.snapshot(), other, again[0].passage_id).printings
    assert fifth.passage_id in {printing.passage_id for printing in back}


def test_recommendation_without_a_later_word_says_no_evidence_was_found(
    client: CheckedClient, engine: Engine
) -> None:
    newest = max(
        (d for d in engine.snapshot().index.documents() if d.council == "Kelderbridge" and d.recommendations),
        key=lambda d: d.inspected_to or d.published or "",
    )
    page = client.page(f"/recommendations/{newest.recommendations[0].passage_id}")
    said = " ".join(page.xpath("//main")[0].text_content().split())
    assert "No evidence was found" in said
    assert "not done" not in said


def test_passage_that_is_no_recommendation_has_no_such_page(client: CheckedClient, engine: Engine) -> None:
    document = report_of_2015(engine)
    paragraph = next(p for p in document.passages if p.kind == "paragraph")
    client.page(f"/recommendations/{paragraph.id}", expect=404)
    client.page(f"/recommendations/{document.id}", expect=404)


def test_nearest_recommendations_are_other_councils_own(engine: Engine) -> None:
    document = report_of_2015(engine)
    hits = recommendation_page.elsewhere(engine.snapshot(), document, document.recommendations[0].text)
    councils = [hit.document.council for hit in hits]
    assert councils and "Kelderbridge" not in councils
    assert len(councils) == len(set(councils))


def test_what_a_later_inspection_says_stands_beside_a_recommendation_elsewhere(engine: Engine) -> None:
    report = next(d for d in engine.snapshot().index.documents() if d.file.startswith("thornmere-2016"))
    document = engine.snapshot().index.document(report.id)
    assert document is not None
    hits = recommendation_page.elsewhere(engine.snapshot(), document, document.recommendations[0].text)
    shown = recommendation_page.with_what_came_later(engine.snapshot(), hits)
    assert [other.hit for other in shown] == hits
    later = [other for other in shown if other.later]
    assert later
    for other in later:
        assert other.later is not None
        assert other.later.document.council == other.hit.document.council
        assert display.day(other.later.document) > display.day(other.hit.document)
