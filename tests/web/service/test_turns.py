"""Requests take turns, and what must not wait doesn't."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Message, Receive, Scope, Send

from web.service.lanes import LANE
from web.service.turns import Turns

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class Work:
    """An application that counts who is at work, and begins its answers when it is let."""

    def __init__(self) -> None:
        self.working = self.most = self.done = 0
        self.go = asyncio.Event()
        self.end = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.working += 1
        self.most = max(self.most, self.working)
        if scope["path"] != "/healthz":
            await self.go.wait()
        self.working -= 1
        await send(START)
        if scope["path"] == "/slow-client":
            await self.end.wait()
        self.done += 1


async def receive() -> Message:
    return {"type": "http.request"}


async def send(message: Message) -> None:
    assert message == START


def ask(turns: Turns, path: str = "/search", **more: str) -> Awaitable[None]:
    return asyncio.ensure_future(
        turns({"type": "http", "method": "GET", "path": path, **more}, receive, send)
    )


def run(body: Callable[[Work, Turns], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        work = Work()
        await asyncio.wait_for(body(work, Turns(work, 2)), 20)

    # In a thread of its own: a browser that another test drives keeps a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(all_of_it())).result()


def test_no_more_are_worked_on_at_once_and_all_are_answered() -> None:
    async def body(work: Work, turns: Turns) -> None:
        asked = [ask(turns) for _ in range(9)]
        await asyncio.sleep(0)
        work.go.set()
        await asyncio.gather(*asked)
        assert (work.most, work.done) == (2, 9)

    run(body)


def test_health_and_what_has_a_lane_of_its_own_wait_for_nobody() -> None:
    async def body(work: Work, turns: Turns) -> None:
        asked = [ask(turns) for _ in range(4)]
        await asyncio.sleep(0)
        await ask(turns, "/healthz")
        asked.append(ask(turns, "/pack.docx", **{LANE: "packs"}))
        await asyncio.sleep(0)
        assert (work.working, work.done) == (3, 1)
        work.go.set()
        await asyncio.gather(*asked)

    run(body)


def test_a_client_that_is_slow_to_take_its_answer_holds_no_turn() -> None:
    async def body(work: Work, turns: Turns) -> None:
        work.go.set()
        slow = [ask(turns, "/slow-client") for _ in range(5)]
        await ask(turns)
        assert work.done == 1
        work.end.set()
        await asyncio.gather(*slow)

    run(body)


def test_what_waits_for_something_else_does_not_hold_up_the_others_for_long() -> None:
    async def body(work: Work, turns: Turns) -> None:
        asked = [ask(turns) for _ in range(4)]
        while work.working < 4:
            await asyncio.sleep(0.02)
        work.go.set()
        await asyncio.gather(*asked)
        assert work.done == 4

    run(body)
