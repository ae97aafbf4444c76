"""The deployment files do what they say: units that systemd takes, an image with all that serving needs, a proxy
that lets in who has a password."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter

from eval.bench.web_process import WebProcess, web_process
from tests.web.watching import logged, metric
from web.settings import SETTINGS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENT = ROOT / "deployment"
UNITS = tuple(path.name for path in (*DEPLOYMENT.glob("*.service"), *DEPLOYMENT.glob("*.timer")))
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
NGINX = shutil.which("nginx", path=SBIN)
SYSTEMD = shutil.which("systemd-analyze")
# Where the project's own gate runs, nothing may be missing; elsewhere these are other people's programs.
GATE = TypeAdapter(bool).validate_python(os.environ.get("FINDINGS_GATE") or "off")


def needs(found: str | None, name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not found and not GATE, reason=f"{name} is not on this machine")


# systemd


@needs(SYSTEMD, "systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = (DEPLOYMENT / name).read_text("utf-8")
        text = text.replace("/opt/findings/.venv/bin/python", sys.executable).replace(
            "/opt/findings", str(ROOT)
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "findings" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


@needs(SYSTEMD, "systemd-analyze")
def test_the_service_is_exposed_as_little_as_it_can_be() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(DEPLOYMENT / "findings.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    level = re.search(r"exposure level for findings\.service: ([\d.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) < 2.0


def commands(unit: str) -> list[list[str]]:
    text = (DEPLOYMENT / unit).read_text("utf-8")
    return [shlex.split(command) for command in re.findall(r"^Exec\w+=(.+)$", text, re.MULTILINE)]


def test_the_units_commands_are_commands_of_this_program(sample_index: Path) -> None:
    called = [command for unit in UNITS for command in commands(unit)]
    assert [command[2] for command in called] == ["web", "indexer", "indexer", "indexer"]
    for command in called:
        assert command[0] == "/opt/findings/.venv/bin/python"
        done = subprocess.run(
            [sys.executable, "-m", command[2], *command[3:4 if command[2] == "indexer" else 3], "--help"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        options = {part for part in command[3:] if part.startswith("--")}
        assert all(option in done.stdout for option in options)


def test_every_setting_is_in_the_operations_page_and_the_other_way_round() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = set(re.findall(r"`(FINDINGS_[A-Z_]+)`", text))
    assert set(SETTINGS) <= named
    sources = "".join(
        path.read_text("utf-8")
        for part in ("indexer", "search_api", "web")
        for path in (ROOT / part).rglob("*.py")
    )
    assert [name for name in sorted(named - set(SETTINGS)) if name not in sources] == []


# The image


@dataclass
class Instruction:
    name: str
    rest: str


def instructions() -> list[Instruction]:
    text = re.sub(r"\\\n\s*", " ", (DEPLOYMENT / "Containerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def last_stage() -> list[Instruction]:
    everything = instructions()
    return everything[max(i for i, found in enumerate(everything) if found.name == "FROM") :]


def test_the_image_is_made_of_known_instructions_and_pinned_bases() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ARG", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    assert {found.name for found in instructions()} <= known | {"ENTRYPOINT", "CMD"}
    for found in instructions():
        if found.name == "FROM":
            assert re.match(r"docker\.io/library/[a-z]+:[\d.]+-slim\b", found.rest)


def test_the_image_runs_as_nobody_by_commands_without_a_shell() -> None:
    stage = last_stage()
    order = [found.name for found in stage]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert next(found.rest for found in stage if found.name == "USER") == "65534:65534"
    for found in stage:
        if found.name in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(found.rest), list)
    health = next(found.rest for found in stage if found.name == "HEALTHCHECK")
    assert isinstance(json.loads(health.split("CMD ", 1)[1]), list)


def test_what_is_copied_into_the_image_is_there_and_enough_to_serve(
    sample_index: Path, tmp_path: Path
) -> None:
    for found in last_stage():
        if found.name == "COPY" and not found.rest.startswith("--from"):
            *sources, target = found.rest.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, tmp_path / target / ".", dirs_exist_ok=True)
                else:
                    (tmp_path / target).mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / source, tmp_path / target)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    arguments = json.loads(next(found.rest for found in last_stage() if found.name == "CMD"))
    arguments[arguments.index("/index")] = str(sample_index)
    arguments[arguments.index("8000")] = "0"
    arguments[arguments.index("0.0.0.0")] = "127.0.0.1"  # noqa: S104 (the image's own, replaced here)
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "http://" in said, process.communicate()[1]
        address = "http://" + said.split("http://")[1].split()[0]
        assert httpx.get(f"{address}/search", params={"q": "visits"}, timeout=60).status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=60)


# The proxy


@dataclass
class Proxy:
    plain: int
    secure: int
    log: Path
    service: WebProcess
    # Keeps its connections: one for each request would be too slow on a busy machine to be asked to wait.
    client: httpx.Client

    def get(self, path: str, *, password: str | None = "open sesame", **headers: str) -> httpx.Response:  # noqa: S107
        return self.client.get(
            f"https://127.0.0.1:{self.secure}{path}",
            auth=("reader", password) if password else None,
            headers={"Host": "findings.example.org", **headers},
        )


@pytest.fixture(scope="module")
def proxy(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The example as it stands, with its ports, names of files and the service's address put in."""
    folder = tmp_path_factory.mktemp("nginx")
    key, certificate, passwords = folder / "key.pem", folder / "certificate.pem", folder / "passwords"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=findings.example.org", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "open sesame"], check=True, capture_output=True, text=True
    ).stdout
    passwords.write_text(f"reader:{hashed}")
    settings = {"FINDINGS_TRUSTED_PROXIES": "127.0.0.1", "FINDINGS_RATE_PER_SECOND": "1000"}
    with web_process(sample_index, environment=settings) as service:
        site = (DEPLOYMENT / "nginx.conf").read_text("utf-8")
        for old, new in {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{service.port};",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "/etc/ssl/findings/fullchain.pem": str(certificate),
            "/etc/ssl/findings/privkey.pem": str(key),
            "/etc/nginx/findings.htpasswd": str(passwords),
            "/var/log/nginx/findings.log": str(folder / "access.log"),
        }.items():
            assert old in site, old
            site = site.replace(old, new)
        with (
            _nginx(folder, site) as (plain, secure),
            httpx.Client(verify=False, timeout=60) as client,  # noqa: S501 (a certificate made for this test)
        ):
            yield Proxy(plain, secure, folder / "access.log", service, client)


@contextmanager
def _nginx(folder: Path, site: str) -> Iterator[tuple[int, int]]:
    """nginx with a site, on two free ports for the site's own: plain and secure."""
    assert NGINX, "nginx is missing; get it with: apt-get install nginx-light"
    command = [NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    for last in (False, False, True):
        plain, secure = _free_port(), _free_port()
        text = site
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "site.conf").write_text(text, encoding="utf-8")
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{'user root;' if os.getuid() == 0 else ''}\npid {folder}/pid;\nworker_processes 1;\n"
            f"error_log {folder}/error.log;\nevents {{}}\nhttp {{\n{temporary}include {folder}/site.conf;\n}}\n",
            encoding="utf-8",
        )
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr + (folder / "error.log").read_text()
        running = subprocess.Popen([*command, "-g", "daemon off;"])
        try:
            if _listens(running, folder / "pid"):
                yield plain, secure
                return
            # Somebody may have taken a port in between.
            assert not last, (folder / "error.log").read_text()
        finally:
            running.terminate()
            running.wait(timeout=60)


@needs(NGINX, "nginx")
def test_the_proxy_answers_who_has_a_password_over_tls(proxy: Proxy) -> None:
    assert proxy.get("/search?q=visits", password=None).status_code == 401
    assert proxy.get("/search?q=visits", password="wrong").status_code == 401  # noqa: S106
    answered = proxy.get("/search?q=visits")
    assert answered.status_code == 200
    assert "max-age" in answered.headers["strict-transport-security"]
    assert "default-src 'none'" in answered.headers["content-security-policy"]
    assert "nginx/" not in answered.headers["server"]
    found = proxy.get("/api/search?q=visits").json()["hits"][0]
    assert proxy.get(found["url"]).status_code == 200


@needs(NGINX, "nginx")
def test_the_proxy_sends_plain_requests_to_tls(proxy: Proxy) -> None:
    sent = proxy.client.get(
        f"http://127.0.0.1:{proxy.plain}/search?q=x", headers={"Host": "findings.example.org"}
    )
    assert (sent.status_code, sent.headers["location"]) == (301, "https://findings.example.org/search?q=x")


@needs(NGINX, "nginx")
def test_the_proxy_shows_health_to_all_and_counters_to_none(proxy: Proxy) -> None:
    assert proxy.get("/healthz", password=None).json()["status"] == "ok"
    assert proxy.get("/metrics").status_code == 404
    assert metric(proxy.service, "findings_index_documents") > 0


@needs(NGINX, "nginx")
def test_the_proxy_tells_the_service_who_asks_and_keeps_the_question_out_of_its_log(proxy: Proxy) -> None:
    proxy.get("/api/search?q=kettles", **{"X-Forwarded-For": "198.51.100.7"})
    # Both write their lines after the answer has been sent.
    until = time.monotonic() + 60
    while not (both := _logged_by_both(proxy)) and time.monotonic() < until:
        time.sleep(0.05)
    assert both
    assert "kettles" not in proxy.log.read_text("utf-8")


@needs(NGINX, "nginx")
def test_the_proxy_asks_who_is_too_fast_to_wait(proxy: Proxy) -> None:
    with ThreadPoolExecutor(8) as askers:
        statuses = list(askers.map(lambda _: proxy.get("/robots.txt").status_code, range(150)))
    assert set(statuses) == {200, 429}


def _logged_by_both(proxy: Proxy) -> set[str]:
    """The ids of searches that stand in the proxy's log and in the service's."""
    lines = proxy.log.read_text("utf-8").splitlines()
    ids = {line.split()[-1] for line in lines if "/api/search" in line}
    return ids & {line["id"] for line in logged(proxy.service, "request")}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _listens(nginx: subprocess.Popen[bytes], pid: Path) -> bool:
    """Whether nginx comes to listen, which it has done once it writes its number; not, where it ends before."""
    until = time.monotonic() + 60
    while nginx.poll() is None:
        if pid.exists() and pid.read_text("ascii").strip() == str(nginx.pid):
            return True
        assert time.monotonic() < until, "nginx did not start"
        time.sleep(0.05)
    return False
