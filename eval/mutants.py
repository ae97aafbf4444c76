"""Makes damaged copies of real files: bytes flipped, ends cut off, parts spliced, numbers changed.

The same seed gives the same mutants, so that a failure can be had again from its number. Knows nothing of
what reads them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], bytearray]

_NUMBER = re.compile(rb"(?<![\d.])\d{1,10}(?![\d.])")
_NAME = re.compile(rb"/[A-Z][A-Za-z]{2,16}")
_STRUCTURE = (
    b"endobj",
    b"endstream",
    b"stream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
    b"obj",
    b">>",
    b"<<",
)
_ODD_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483648", b"99999999999999999999", b"1e400")


def mutant(originals: Sequence[bytes], number: int, seed: int = 0) -> tuple[bytes, str]:
    """Damage one of the originals in one to three ways; the bytes, and in a few words what was done.

    `number` chooses everything: mutants can be made in any order or apart.
    """
    chance = random.Random(f"{seed}-{number}")  # noqa: S311 - damage, not secrets
    which = chance.randrange(len(originals))
    data = bytearray(originals[which])
    done = []
    for name in chance.choices(list(MUTATIONS), k=chance.choice((1, 1, 2, 3))):
        data = MUTATIONS[name](data, chance, originals)
        done.append(name)
    return bytes(data), f"original {which}: {', '.join(done)}"


def _flip_bits(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    for _i in range(chance.choice((1, 8, 64, 512))):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _overwrite(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start = chance.randrange(len(data) + 1)
    length = chance.choice((1, 16, 256, 4096))
    data[start : start + length] = chance.randbytes(min(length, len(data) - start))
    return data


def _truncate(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return data[: chance.randrange(len(data) + 1)]


def _behead(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return data[: chance.randrange(1, 1024)] + data[chance.randrange(len(data) + 1) :]


def _cut_out(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.choice((1, 100, 10_000, 200_000))]
    return data


def _repeat(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice((10, 1_000, 50_000))]
    return data[:start] + part * chance.choice((2, 3, 20)) + data[start:]


def _splice(data: bytearray, chance: random.Random, originals: Sequence[bytes]) -> bytearray:
    other = chance.choice(originals)
    start, begin = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    length = chance.choice((100, 10_000, len(other)))
    return data[:start] + other[begin : begin + length] + data[start:]


def _change_numbers(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    found = list(_NUMBER.finditer(data))
    for match in sorted(
        chance.sample(found, min(len(found), chance.choice((1, 5, 50)))), key=lambda m: -m.start()
    ):
        data[match.start() : match.end()] = chance.choice((*_ODD_NUMBERS, match.group()[::-1]))
    return data


def _swap_names(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    found = list(_NAME.finditer(data))
    names = [match.group() for match in found]
    for match in sorted(
        chance.sample(found, min(len(found), chance.choice((1, 5, 50)))), key=lambda m: -m.start()
    ):
        data[match.start() : match.end()] = chance.choice(names)
    return data


def _lose_keywords(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return bytearray(bytes(data).replace(chance.choice(_STRUCTURE), b"", chance.choice((1, 3, -1))))


MUTATIONS: dict[str, Mutation] = {
    "flip bits": _flip_bits,
    "overwrite": _overwrite,
    "truncate": _truncate,
    "behead": _behead,
    "cut out": _cut_out,
    "repeat": _repeat,
    "splice": _splice,
    "change numbers": _change_numbers,
    "swap names": _swap_names,
    "lose keywords": _lose_keywords,
}
