"""Links between documents against links that a person drew."""

from eval.links_truth import read_ends, score_links
from indexer.document import Document, Progress, Recommendation


def link(one: str, a: int, other: str, b: int, relation: str) -> dict[str, object]:
    return {"from": {"file": one, "number": a}, "to": {"file": other, "number": b}, "relation": relation}


TRUTH = {
    "links": [
        link("b.txt", 1, "a.txt", 1, "same recommendation"),
        link("b.txt", 2, "a.txt", 2, "same recommendation"),
        link("b.txt", 1, "a.txt", 1, "progress on"),
    ]
}
ENDS = {"a.r1": ("a.txt", "r1"), "a.r2": ("a.txt", "r2"), "b.r1": ("b.txt", "r1"), "b.r2": ("b.txt", "r2")}


def test_the_same_recommendation_counts_from_either_end_and_progress_only_from_its_own() -> None:
    found = [("same recommendation", "a.r1", "b.r1"), ("progress on", "a.r1", "b.r1")]
    by_relation = {score.relation: score for score in score_links(TRUTH, found, ENDS)}
    same = by_relation["same recommendation"]
    assert (same.right, same.precision, same.recall) == (1, 1.0, 0.5)
    progress = by_relation["progress on"]
    assert (progress.right, progress.precision, progress.recall) == (0, 0.0, 0.0)
    assert progress.invented == (("progress on", ("a.txt", "r1"), ("b.txt", "r1")),)


def test_recommendations_without_a_number_stand_for_their_place_in_the_list() -> None:
    document = Document(
        "a-0", "a.txt", "t", None, "committee report",
        recommendations=(
            Recommendation(None, "First.", None, "Areas for improvement", None, "a-0.r-1"),
            Recommendation(None, "Second.", None, "Areas for improvement", None, "a-0.r-2"),
            Recommendation(None, "Note it.", None, "Recommendation(s)", None, "a-0.r-3"),
        ),
        progress=(Progress("2", "Done.", None, None, "a-0.g1"),),
    )  # fmt: skip
    ends = read_ends([document])
    assert ends["a-0.r-2"] == ("a.txt", "r2")
    assert ends["a-0.g1"] == ("a.txt", "r2")
