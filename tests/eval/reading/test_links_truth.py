"""Links between documents against links that a person drew."""

from eval.reading.links_truth import read_links, score_links
from indexer.document import Document, Passage, Recommendation
from indexer.structure.links import Link, Relation


def link(one: str, a: int, other: str, b: int, relation: str) -> dict[str, object]:
    return {"from": {"file": one, "number": a}, "to": {"file": other, "number": b}, "relation": relation}


TRUTH = {
    "links": [
        link("b.txt", 1, "a.txt", 1, "same recommendation"),
        link("b.txt", 2, "a.txt", 2, "same recommendation"),
        link("b.txt", 1, "a.txt", 1, "progress on"),
    ]
}


def document(file: str, passages: tuple[Passage, ...] = ()) -> Document:
    name = f"{file[0]}-0"
    recommendations = tuple(
        Recommendation(str(n), "Mend it.", None, "Recommendations", None, f"{name}.r{n}") for n in (1, 2)
    )
    return Document(
        name, file, "t", None, "progress report", passages=passages, recommendations=recommendations
    )


def found(relation: Relation, one: str, a: str, other: str, b: str) -> Link:
    return Link(f"{one}-0", a[1:], f"{other}-0", b[1:], relation, f"{one}-0.{a}", f"{other}-0.{b}")


def test_the_same_recommendation_counts_from_either_end_and_progress_only_from_its_own() -> None:
    links = [found("same recommendation", "a", "r1", "b", "r1"), found("progress on", "a", "r1", "b", "r1")]
    read = read_links(links, [document("a.txt"), document("b.txt")])
    by_relation = {score.relation: score for score in score_links(TRUTH, read)}
    same = by_relation["same recommendation"]
    assert (same.right, same.precision, same.recall) == (1, 1.0, 0.5)
    progress = by_relation["progress on"]
    assert (progress.right, progress.precision, progress.recall) == (0, 0.0, 0.0)
    assert progress.invented == (("progress on", ("a.txt", "r1"), ("b.txt", "r1")),)


def test_a_numbered_paragraph_is_told_from_a_recommendation_of_the_same_number() -> None:
    paragraph = Passage("b-0.p1", "b-0", "paragraph", "1", (), None, None, "It was mended.")
    links = [found("progress on", "b", "p1", "a", "r1")]
    read = read_links(links, [document("a.txt"), document("b.txt", (paragraph,))])
    assert read == {("progress on", ("b.txt", "p1"), ("a.txt", "r1"))}
