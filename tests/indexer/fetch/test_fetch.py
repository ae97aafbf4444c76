import copy
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.__main__ import main
from indexer.errors import UsageError
from indexer.fetch.commands import CONTACT_SETTING, PRIVATE_SETTING, run_source
from indexer.fetch.fetch import FetchReport, finish_killed
from indexer.fetch.provenance import fetched_in
from indexer.fetch.source import Source, load_source, shipped_sources
from indexer.fetch.table import FetchedTable
from tests.indexer.fetch.replica import Published, Replica, Reply, pdf

PROVIDERS = {
    101: ("Kelderbridge", [Published(1, "Children's services inspection", pdf("one")), Published(2, "Focused visit", pdf("two"), "3 March 2024")]),
    102: ("Thornmere", [Published(3, "Monitoring visit", pdf("three"))]),
    103: ("Fenwold and Marle", []),
}  # fmt: skip


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replica]:
    monkeypatch.setenv(PRIVATE_SETTING, "1")
    site = Replica(copy.deepcopy(PROVIDERS))
    with site.served():
        yield site


def source_for(replica: Replica, **changed: Any) -> Source:
    """The shipped source of Ofsted's site, led to the replica."""
    shipped = load_source("ofsted-local-authorities")
    site = {"https://reports.ofsted.gov.uk": replica.site}
    steps = [
        step.model_copy(update={"address": step.address.replace(*next(iter(site.items())))})
        for step in shipped.steps
    ]
    paging = steps[0].paging.model_copy(update={"step": max(1, replica.rows * 9 // 10)})
    steps[0] = steps[0].model_copy(update={"paging": paging})
    return shipped.model_copy(
        update={"hosts": (replica.host,), "pause": 0.0, "steps": tuple(steps), "recheck": 0, **changed}
    )


def fetch(replica: Replica, folder: Path, waits: list[float] | None = None, **changed: Any) -> FetchReport:
    with FetchedTable(folder) as table:
        finish_killed(folder, table)
        return run_source(
            source_for(replica, **changed), folder, table, contact="a@example.org",
            sleep=(waits if waits is not None else []).append,
        )  # fmt: skip


def documents_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.pdf")}


def test_every_document_comes_once_and_says_where_from(replica: Replica, tmp_path: Path) -> None:
    report = fetch(replica, tmp_path)
    assert documents_in(tmp_path) == {
        "kelderbridge-childrens-services-inspection-2025-05-09-1.pdf": pdf("one"),
        "kelderbridge-focused-visit-2024-03-03-2.pdf": pdf("two"),
        "thornmere-monitoring-visit-2025-05-09-3.pdf": pdf("three"),
    }
    assert (report.listed, report.organisations, len(report.added)) == (3, 3, 3)
    assert report.missing == [
        "Fenwold and Marle: nothing is listed",
        "Thornmere: no inspection is listed",
    ]
    found = {file: one for (file, _), one in fetched_in(tmp_path).files.items()}
    visit = found["kelderbridge-focused-visit-2024-03-03-2.pdf"]
    assert visit.address == f"{replica.site}/v1/file/2"
    assert (visit.kind, visit.listed, visit.organisation, visit.organisation_id) == (
        "focused visit",
        "2024-03-03",
        "Kelderbridge",
        "101",
    )
    assert (visit.publisher, visit.licence) == ("Ofsted", "Open Government Licence v3.0")
    assert replica.agents == {"Findings/0.1 (+a@example.org)"}


def test_a_second_run_downloads_nothing_and_a_corrected_report_replaces_the_old_one(
    replica: Replica, tmp_path: Path
) -> None:
    fetch(replica, tmp_path)
    replica.sent.clear()
    assert fetch(replica, tmp_path).unchanged == 3
    assert not [path for path in replica.sent if path.startswith("/v1/file/")]
    replica.providers[102][1][0].body = pdf("three, corrected")
    report = fetch(replica, tmp_path)
    assert report.replaced == ["Thornmere, Monitoring visit, 2025-05-09"]
    provenance = fetched_in(tmp_path).files
    assert len(documents_in(tmp_path)) == 4
    old = next(
        one for (file, _), one in provenance.items() if file == "thornmere-monitoring-visit-2025-05-09-3.pdf"
    )
    assert old.replaced
    assert old.replaced_by == "thornmere-monitoring-visit-2025-05-09-3-2.pdf"


def test_what_a_site_no_longer_lists_stays_and_is_marked(replica: Replica, tmp_path: Path) -> None:
    fetch(replica, tmp_path)
    del replica.providers[101][1][0]
    assert fetch(replica, tmp_path).delisted == 1
    assert len(documents_in(tmp_path)) == 3
    delisted = {file for (file, _), one in fetched_in(tmp_path).files.items() if one.delisted}
    assert delisted == {"kelderbridge-childrens-services-inspection-2025-05-09-1.pdf"}


def test_a_renumbered_document_isnt_kept_twice(replica: Replica, tmp_path: Path) -> None:
    fetch(replica, tmp_path)
    replica.providers[102][1][0].number = 77
    fetch(replica, tmp_path)
    assert len(documents_in(tmp_path)) == 3


def test_a_listing_that_fails_marks_nothing_as_gone(replica: Replica, tmp_path: Path) -> None:
    fetch(replica, tmp_path)
    replica.moods["/provider/44/101"] = ["reset"] * 5
    report = fetch(replica, tmp_path)
    assert report.delisted == 0
    assert report.failed[0][0].endswith("/provider/44/101")


def test_bad_moods_of_a_site_are_waited_out(replica: Replica, tmp_path: Path) -> None:
    waits: list[float] = []
    web_page = (200, {"content-type": "text/html"}, b"<!doctype html><title>Sorry</title>")
    replica.moods = {
        "/v1/file/1": [(429, {"retry-after": "17"}, b""), (503, {}, b""), "reset", "truncated"],
        "/v1/file/2": [web_page],
        "/v1/file/3": [(302, {"location": "http://elsewhere.example/report.pdf"}, b"")],
    }
    report = fetch(replica, tmp_path, waits)
    assert list(documents_in(tmp_path)) == ["kelderbridge-childrens-services-inspection-2025-05-09-1.pdf"]
    assert 17.0 in waits
    reasons = dict(report.failed)
    assert reasons["Kelderbridge, Focused visit, 2024-03-03"].startswith("a web page came in place of PDF")
    assert (
        "elsewhere.example, which is no host of the source"
        in reasons["Thornmere, Monitoring visit, 2025-05-09"]
    )
    assert not list(tmp_path.glob(".*.part"))
    fetch(replica, tmp_path)
    assert len(documents_in(tmp_path)) == 3


def test_a_host_that_wants_to_rest_is_left_alone(replica: Replica, tmp_path: Path) -> None:
    replica.moods["/v1/file/1"] = [(429, {"retry-after": "86400"}, b"")]
    report = fetch(replica, tmp_path)
    assert len(report.failed) == 3
    assert not replica.asked["/v1/file/2"]


def test_robots_txt_is_obeyed(replica: Replica, tmp_path: Path) -> None:
    replica.robots = "User-agent: *\nDisallow: /v1/file/2\nCrawl-delay: 3\n"
    waits: list[float] = []
    report = fetch(replica, tmp_path, waits)
    assert report.failed == [
        ("Kelderbridge, Focused visit, 2024-03-03", "is forbidden by the site's robots.txt")
    ]
    assert not replica.asked["/v1/file/2"]
    assert max(waits) > 2


def test_a_site_without_a_reachable_robots_txt_isnt_asked(replica: Replica, tmp_path: Path) -> None:
    replica.moods["/robots.txt"] = [(503, {}, b"")] * 5
    report = fetch(replica, tmp_path)
    assert set(replica.asked) == {"/robots.txt"}
    assert "robots.txt answers with status 503" in report.failed[0][1]


def test_no_private_address_is_asked_unless_it_is_allowed(
    replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PRIVATE_SETTING)
    report = fetch(replica, tmp_path)
    assert "leads to the private address 127.0.0.1" in report.failed[0][1]
    assert not replica.asked


def test_a_document_larger_than_allowed_is_refused(replica: Replica, tmp_path: Path) -> None:
    replica.providers[102][1][0].body = pdf("x" * 5000)
    report = fetch(replica, tmp_path, largest=2000)
    assert report.failed == [("Thornmere, Monitoring visit, 2025-05-09", "is larger than 2,000 bytes")]


def test_a_days_requests_are_counted_over_runs(replica: Replica, tmp_path: Path) -> None:
    report = fetch(replica, tmp_path, daily=6)
    assert "tomorrow" in report.stopped
    assert sum(replica.asked.values()) == 6
    assert "tomorrow" in fetch(replica, tmp_path, daily=6).stopped
    assert sum(replica.asked.values()) == 6
    fetch(replica, tmp_path)
    assert len(documents_in(tmp_path)) == 3


@pytest.mark.slow
def test_five_hundred_providers_in_a_list_that_shifts_while_it_is_read(
    replica: Replica, tmp_path: Path
) -> None:
    replica.providers = {
        n: (f"Council {n}", [Published(n, "Inspection of children's services", pdf(str(n)))])
        for n in range(1, 501)
    }
    replica.shift = True
    fetch(replica, tmp_path)
    replica.shift = False
    fetch(replica, tmp_path)
    there = {f"council-{n}-inspection-of-childrens-services-2025-05-09-{n}.pdf" for n in replica.providers}
    assert there <= set(documents_in(tmp_path))
    assert max(count for path, count in replica.sent.items() if path.startswith("/v1/file/")) == 1


@pytest.mark.slow
def test_a_run_that_is_killed_is_finished_by_the_next(replica: Replica, tmp_path: Path) -> None:
    replica.providers = {
        n: (f"Council {n}", [Published(n, "Inspection of children's services", pdf(str(n) * 20_000))])
        for n in range(1, 41)
    }
    path = source_file(tmp_path / "source.toml", replica)
    folder = tmp_path / "corpus"
    command = [sys.executable, "-c", RUN, str(path), str(folder)]
    chance = random.Random(7)  # noqa: S311 (the same moments each time)
    for _ in range(30):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 0.75))
        run.send_signal(signal.SIGKILL)
        run.wait()
    subprocess.run(command, check=True)
    expected = {f"council-{n}.pdf": pdf(str(n) * 20_000) for n in range(1, 41)}
    assert documents_in(folder) == expected
    # Where a run is killed between the last byte and its row, that one document is asked for again.
    twice = [count for name, count in replica.sent.items() if name.startswith("/v1/file/") and count > 1]
    assert len(twice) <= 30
    assert not list(folder.glob(".*.part"))


RUN = """
import argparse, sys
from indexer.fetch.commands import add_fetch_command
parser = argparse.ArgumentParser()
add_fetch_command(parser.add_subparsers())
options = parser.parse_args(["fetch", sys.argv[1], "--into", sys.argv[2], "--contact", "a@example.org"])
sys.exit(options.run(options))
"""


def source_file(path: Path, replica: Replica) -> Path:
    text = (shipped_sources()["ofsted-local-authorities"]).read_text(encoding="utf-8")
    text = text.replace("https://reports.ofsted.gov.uk", replica.site).replace(
        '"reports.ofsted.gov.uk", "files.ofsted.gov.uk"', f'"{replica.host}"'
    )
    text = text.replace(
        'name = "{organisation}-{title}-{date}-{document_id}"', 'name = "{organisation}"\npause = 0.0'
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_committee_papers_are_chosen_by_committee_title_and_date(replica: Replica, tmp_path: Path) -> None:
    def xml(content: str) -> Reply:
        return 200, {"content-type": "text/xml"}, f"<?xml version='1.0'?><r>{content}</r>".encode()

    def meeting(number: int, date: str) -> str:
        return f"<meeting><meetingid>{number}</meetingid><meetingdate>{date}</meetingdate></meeting>"

    def paper(name: str, title: str) -> str:
        return f"<linkeddoc><title>{title}</title><url>{replica.site}/documents/{name}</url></linkeddoc>"

    service = "/mgWebService.asmx"
    replica.extra = {
        f"{service}/GetCommittees": xml(
            "<committee><committeeid>7</committeeid><committeetitle>Children and Families Scrutiny</committeetitle></committee>"
            "<committee><committeeid>8</committeeid><committeetitle>Planning</committeetitle></committee>"
        ),
        f"{service}/GetMeetings": xml(meeting(70, "14/03/2024") + meeting(71, "02/02/2011")),
        f"{service}/GetMeeting": xml(
            paper("s1/Plan.pdf", "Ofsted improvement plan") + paper("s2/Minutes.pdf", "Minutes") + paper("s3/gone.pdf", "Inspection")
        ),
        "/documents/s1/Plan.pdf": (200, {}, pdf("plan")),
    }  # fmt: skip
    own = tmp_path / "kelderbridge.toml"
    own.write_text(
        f'extends = "committees"\nid = "kelderbridge"\ntitle = "Kelderbridge\'s committees"\nhosts = ["{replica.host}"]\n'
        f'pause = 0.0\n[values]\nsite = "{replica.site}"\n',
        encoding="utf-8",
    )
    with FetchedTable(tmp_path / "corpus") as table:
        report = run_source(load_source(str(own)), tmp_path / "corpus", table, contact="a@example.org")
    assert list(documents_in(tmp_path / "corpus")) == [
        "ofsted-improvement-plan-2024-03-14-documents-s1-plan-pdf.pdf"
    ]
    assert report.failed == [("Inspection, 2024-03-14", "isn't there (status 404)")]
    assert replica.asked[f"{service}/GetMeetings"] == 1


def test_a_list_of_addresses_is_a_source(replica: Replica, tmp_path: Path) -> None:
    replica.extra["/a/plan.html"] = (200, {}, b"<!doctype html><title>Plan</title>")
    listed = tmp_path / "ours.csv"
    listed.write_text(
        f"address,title,date,organisation\n{replica.site}/v1/file/1,Inspection,9 May 2025,Kelderbridge\n"
        f"{replica.site}/a/plan.html,Plan,,Kelderbridge\n{replica.site}/v1/file/1,Inspection,9 May 2025,Kelderbridge\n",
        encoding="utf-8",
    )
    with FetchedTable(tmp_path / "corpus") as table:
        report = run_source(
            load_source(str(listed)), tmp_path / "corpus", table, contact="a@example.org", sleep=[].append
        )
    assert len(report.added) == 2
    names = {path.name for path in (tmp_path / "corpus").iterdir() if path.suffix in (".pdf", ".html")}
    assert names == {"kelderbridge-inspection-2025-05-09-v1-file-1.pdf", "kelderbridge-plan-a-plan-html.html"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('title = "T"\npublisher = 3\n', ":3: publisher: Input should be a valid string"),
        ("pauze = 2\n", ":2: pauze: Extra inputs are not permitted"),
        ('[[steps]]\naddress = "https://a/{x}"\n[steps.take]\naddress = { at = "@href" }\n', "nothing gives {x} of its address"),
        ('[[steps]]\naddress = "https://a/"\nitems = "//a["\n[steps.take]\naddress = {}\n', "is no XPath"),
        ('[[steps]]\naddress = "https://a/"\n[steps.take]\ntitle = {}\n', "the last step takes no address"),
        ("= 3", "can't be read as a source"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_source_is_said_with_its_line(tmp_path: Path, wrong: str, said: str) -> None:
    path = tmp_path / "own.toml"
    rest = 'title = "T"\npublisher = "P"\nhosts = ["a"]\n'
    whole = '[[steps]]\naddress = "https://a/"\n[steps.take]\naddress = {}\n'
    given = "".join(
        line
        for line in rest.splitlines(keepends=True)
        if not re.search(rf"^{line.split(' =')[0]} =", wrong.split("[[", maxsplit=1)[0], re.M)
    )
    path.write_text(
        f'id = "own"\n{wrong if "[[" not in wrong else ""}{given}{wrong if "[[" in wrong else whole}',
        encoding="utf-8",
    )
    with pytest.raises(UsageError) as error:
        load_source(str(path))
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_the_command_asks_for_a_contact_once(
    tmp_path: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(CONTACT_SETTING, raising=False)
    path = source_file(tmp_path / "source.toml", replica)
    command = ["fetch", str(path), "--into", str(tmp_path / "corpus")]
    assert main(command) == 2
    assert "--contact" in capsys.readouterr().err
    assert main([*command, "--contact", "a@example.org", "--dry-run"]) == 0
    assert "3 would be downloaded" in capsys.readouterr().out
    assert not documents_in(tmp_path / "corpus")
    assert main(command) == 0
    assert len(documents_in(tmp_path / "corpus")) == 3
