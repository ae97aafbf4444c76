"""`-m eval load`: many clients at once, then mixed requests for minutes, with slow and silent clients among them.

The service runs in a process of its own, as users run it. What is counted: errors of any kind, times, and the
memory that its processes hold, from once it is warm to the end. Slow clients must cost the others nothing but
their share: the same searches are timed before and while they are there.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.bench.clients import Phase, SlowClients, addresses_of, ask
from eval.bench.processes import Memory, family
from eval.bench.web_process import WebProcess, web_process
from eval.reports import machine, markdown, write_both
from indexer.errors import UsageError
from indexer.store.location import IndexLocation, add_index_option

TEMPLATE = Path(__file__).with_name("load.md.jinja")
CLIENTS = 64
ALONE, AMONG_SLOW = "one client", "one client, among slow clients"
MIXED_CLIENTS = 8
GROWTH = 0.05
"""The most that memory may grow between the service being warm and the end."""
SHARE = 3.0
"""How many times as long a search may take at the median while slow clients are connected…"""
_LEAST = 0.05
"""…and what it may take in any case, in seconds."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The phases in order, memory at their ends, and what became of slow clients; `processes` are the service's."""

    phases: tuple[Phase, ...]
    memory: dict[str, Memory]
    slow: dict[str, int]
    processes: int = 1

    @property
    def growth(self) -> float:
        """Memory's growth from warm to the end, as a share, mapped files included: as an outsider sees it."""
        return self.memory["end"].total / self.memory["warm"].total - 1

    @property
    def own_growth(self) -> float:
        """The same of what is in no file."""
        return self.memory["end"].own / self.memory["warm"].own - 1

    @property
    def failures(self) -> list[str]:
        """What isn't as it must be, in words."""
        found = [f"{phase.name}: {phase.errors[0]}" for phase in self.phases if phase.errors]
        if self.growth > GROWTH:
            found.append(f"memory grew by {self.growth:.1%}")
        alone, among = self._median(ALONE), self._median(AMONG_SLOW)
        if among > max(_LEAST, SHARE * alone):
            found.append(f"a search took {among:.3f} s among slow clients and {alone:.3f} s without them")
        return found

    def _median(self, name: str) -> float:
        return next((phase.quantile(0.5) for phase in self.phases if phase.name == name), 0.0)

    def to_json(self) -> dict[str, Any]:
        """Give it for programs."""
        return {
            "phases": [phase.to_json() for phase in self.phases],
            "processes": self.processes,
            "memory": {name: asdict(memory) for name, memory in self.memory.items()},
            "growth": round(self.growth, 4),
            "own growth": round(self.own_growth, 4),
            "slow clients": self.slow,
            "failures": self.failures,
        }


def load(
    index: IndexLocation,
    seconds: float,
    mixed_seconds: float,
    *,
    clients: int = CLIENTS,
    alone_seconds: float = 3.0,
    silent_seconds: float = 5.0,
) -> LoadReport:
    """Put a service over an index under load: searches by `clients` for `seconds`, then mixed requests for
    `mixed_seconds`, a quarter of that with slow clients connected.

    One client alone asks for at least `alone_seconds`; the service closes connections that send nothing for `silent_seconds`.
    """
    alone = max(alone_seconds, seconds / 6)
    memory: dict[str, Memory] = {}
    with web_process(index, environment={"FINDINGS_HEADER_SECONDS": f"{silent_seconds:g}"}) as service:
        addresses = addresses_of(service)
        searches = [address for address in addresses if address.startswith("/api/search")]
        memory["start"] = service.held()
        phases = [ask(service, ALONE, searches, 1, alone)]
        phases.append(ask(service, f"{clients} clients", searches, clients, seconds))
        # Warm: every kind of address has been requested, caches are full, and slow clients have had their buffers.
        phases.append(ask(service, "warming", addresses, MIXED_CLIENTS, mixed_seconds / 8))
        with SlowClients(service):
            phases.append(
                ask(service, "warming, among slow clients", addresses, MIXED_CLIENTS, mixed_seconds / 8)
            )
        memory["warm"] = service.held()
        phases.append(ask(service, "mixed", addresses, MIXED_CLIENTS, mixed_seconds / 2))
        memory["after mixed"] = service.held()
        with SlowClients(service) as slow:
            phases.append(
                ask(service, "mixed, among slow clients", addresses, MIXED_CLIENTS, mixed_seconds / 4)
            )
            phases.append(ask(service, AMONG_SLOW, searches, 1, alone))
        memory["end"] = service.held()
        processes = len(family(service.process.pid))
        _check_log(service, phases)
    return LoadReport(tuple(phases), memory, slow.ended, processes)


def _check_log(service: WebProcess, phases: list[Phase]) -> None:
    """The service's own log must know of no error either."""
    failed = [line for line in service.lines if '"level": "error"' in line]
    if failed:
        phases[-1].errors.append(f"the service logged {len(failed)} errors: {failed[0].strip()[:200]}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_index_option(parser)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=60.0, help="of searches by all clients")
    parser.add_argument("--minutes", type=float, default=10.0, help="of mixed requests")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.md", help="the report; FILE.json is written beside it"
    )


def main(options: argparse.Namespace) -> int:
    """Run the command; 1 where there was an error or memory grew."""
    if options.seconds <= 0 or options.minutes <= 0 or options.clients < 1:
        raise UsageError("--seconds, --minutes and --clients take numbers above 0")
    report = load(options.index, options.seconds, 60 * options.minutes, clients=options.clients)
    command = (
        f"python -m eval load --index DIR --clients {options.clients} --seconds {options.seconds:g} "
        f"--minutes {options.minutes:g}"
    )
    day = datetime.now(UTC).date().isoformat()
    text = markdown(TEMPLATE, report=report, command=command, day=day, machine=machine())
    print(text)
    if options.out:
        write_both(options.out, text, {"command": command, **report.to_json()})
    return 1 if report.failures else 0
