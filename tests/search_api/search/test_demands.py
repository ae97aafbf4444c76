"""A demand is distinguished from a question; findings that criticise and stand in its own part speak for it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.document import PASSAGE_KINDS
from indexer.store.folder.index import FolderIndex
from indexer.text.sentences import sentences_of
from search_api.engine import Engine
from search_api.fields import Filters
from search_api.fits import RankingSettings
from search_api.search.demands import criticises, is_demand, nearest_criticism, own_part
from search_api.search.results import search_passages


@pytest.mark.parametrize(
    "text",
    [
        "Ensure that every plan says who does what by when.",
        "Urgently improve the recording of visits to children.",
        "With partners, agree what a referral must hold.",
        "Managers should read what they sign.",
        "The board must know whether its training helps.",
        "Where it is safe, involve fathers in assessments.",
    ],
)
def test_what_asks_for_something_to_be_done_is_a_demand(text: str) -> None:
    assert is_demand(text)


@pytest.mark.parametrize(
    "text",
    [
        "findings on visits to children",
        "Should managers read what they sign?",
        "use of a neglect toolkit in plans",
        "Improve recording",
        "what did inspectors say about supervision",
        "",
    ],
)
def test_a_question_or_a_topic_is_no_demand(text: str) -> None:
    assert not is_demand(text)


def test_what_falls_short_is_told_from_praise() -> None:
    assert criticises("Most visits are regular, but two were late.")
    assert criticises("Records are poor.")
    assert not criticises("Visits are regular and children know their worker well.")


def test_the_nearest_sentence_that_criticises_counts_and_praise_does_not(sample_index: Path) -> None:
    with Engine(sample_index) as engine:
        now = engine.snapshot()
        rows = np.flatnonzero(now.index.columns.kind == PASSAGE_KINDS.index("paragraph"))[:40]
        texts = [passage.text for passage in now.index.passages(rows.tolist())]
        vector = now.encoder.encode_query("Visit children on time.")
        best = nearest_criticism(now.index, rows, texts, vector)
        highest = now.index.sentence_scores(vector, rows)
    assert (best <= np.maximum(highest, 0) + 1e-4).all()
    critical = [any(criticises(s.text) for s in sentences_of(text)) for text in texts]
    assert 0 < sum(critical) < len(texts)
    assert not best[~np.array(critical)].any()
    assert best[critical].any()


def test_the_part_of_a_demand_is_the_one_its_recommendation_is_printed_in(sample_index: Path) -> None:
    with FolderIndex.open(sample_index) as index:
        for header in index.documents_by_number:
            rows = np.array(index.rows_of(header.id))
            recommended = rows[index.columns.kind[rows] == PASSAGE_KINDS.index("recommendation")]
            parts = {index.columns.sections[index.columns.section[row]][:1] for row in recommended}
            if len(parts) < 2:
                continue
            for row, passage in zip(recommended, index.passages(recommended.tolist()), strict=True):
                marked = own_part(index, rows, passage.text)
                outermost = index.columns.sections[index.columns.section[row]][:1]
                named = [index.columns.sections[index.columns.section[r]][:1] == outermost for r in rows]
                assert marked.tolist() == [float(same) for same in named]
            assert not own_part(index, rows, "Paint the town hall in a cheerful colour before winter").any()
            return
    pytest.fail("the sample has no report with recommendations in two parts")


def test_a_demand_within_a_report_brings_findings_before_the_recommendation_itself(
    sample_index: Path,
) -> None:
    with Engine(sample_index) as engine:
        header = next(
            d
            for d in engine.snapshot().index.documents()
            if d.framework == "SIF" and d.kind == "inspection report"
        )
        document = engine.snapshot().index.document(header.id)
        assert document is not None
        asked = next(p for p in document.passages if p.kind == "recommendation" and is_demand(p.text))
        hits = search_passages(engine.snapshot(), asked.text, Filters(document=document.id)).hits
        assert {hit.passage.kind for hit in hits[:5]} == {"paragraph"}
        without = Engine(
            sample_index, adjust=lambda fits: replace(fits, ranking=RankingSettings(demands=False))
        )
        assert (
            search_passages(without.snapshot(), asked.text, Filters(document=document.id))
            .hits[0]
            .passage.kind
            != "paragraph"
        )
        without.close()


def test_a_demand_over_every_report_finds_the_recommendation(sample_index: Path) -> None:
    with Engine(sample_index) as engine:
        header = next(
            d
            for d in engine.snapshot().index.documents()
            if d.framework == "SIF" and d.kind == "inspection report"
        )
        document = engine.snapshot().index.document(header.id)
        assert document is not None
        asked = next(p for p in document.passages if p.kind == "recommendation" and is_demand(p.text))
        assert asked.id in [hit.passage.id for hit in search_passages(engine.snapshot(), asked.text).hits]
