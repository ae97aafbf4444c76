"""Makes damaged copies of real files: bytes flipped, ends cut off, parts spliced, numbers changed.

Most of a PDF or a DOCX is packed, and damage from outside ends at the unpacking: some mutants are unpacked, damaged
within and packed again. The same seed gives the same mutants, so that a failure can be had again from its number.
Knows nothing of what reads them.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], bytearray]

_NUMBER = re.compile(rb"(?<![\d.])\d{1,10}(?![\d.])")
_NAME = re.compile(rb"/[A-Z][A-Za-z]{2,16}")
_TAG = re.compile(rb"</?[A-Za-z][\w:]{0,20}")
_VALUE = re.compile(rb'="[^"<>]{0,80}"')
_OPENING = re.compile(rb"<[A-Za-z][^<>]{0,200}>")
_STREAM = re.compile(rb"/FlateDecode[^>]{0,200}>>\s{0,4}stream\r?\n")
_MOST_UNPACKED = 8_000_000
_STRUCTURE = (
    *b"endobj endstream stream xref trailer startxref %%EOF obj >> << ET BT </ /> <".split(),
    b'"',
    b"\n",
)
_ODD_NUMBERS = (
    *b"0 -1 1 65536 2147483648 99999999999999999999 1e400".split(), b"7" * 5000, "\u0663".encode(),
)  # fmt: skip


def mutant(originals: Sequence[bytes], number: int, seed: int = 0) -> tuple[bytes, str]:
    """Damage one of the originals in one to three ways; the bytes, and in a few words what was done.

    `number` chooses everything: mutants can be made in any order or apart.
    """
    chance = random.Random(f"{seed}-{number}")  # noqa: S311 - damage, not secrets
    which = chance.randrange(len(originals))
    data = bytearray(originals[which])
    done = []
    names = [*MUTATIONS, "within", "within", "within"]  # of a packed file most is within
    for name in chance.choices(names, k=chance.choice((1, 1, 2, 3))):
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


def _replace_some(
    data: bytearray,
    chance: random.Random,
    pattern: re.Pattern[bytes],
    instead: Callable[[bytes], Sequence[bytes]],
) -> bytearray:
    """Put something instead of one, five or fifty of what the pattern finds, drawn from what `instead` gives for each."""
    found = list(pattern.finditer(data))
    chosen = chance.sample(found, min(len(found), chance.choice((1, 5, 50))))
    for match in sorted(chosen, key=lambda match: -match.start()):
        data[match.start() : match.end()] = chance.choice(instead(match.group()))
    return data


def _change_numbers(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return _replace_some(data, chance, _NUMBER, lambda number: (*_ODD_NUMBERS, number[::-1]))


def _swap(data: bytearray, chance: random.Random, pattern: re.Pattern[bytes]) -> bytearray:
    """Exchange some of what the pattern finds for others of the same file."""
    texts = [match.group() for match in pattern.finditer(data)]
    return _replace_some(data, chance, pattern, lambda _: texts)


def _swap_names(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return _swap(data, chance, _NAME)


def _lose_keywords(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return bytearray(bytes(data).replace(chance.choice(_STRUCTURE), b"", chance.choice((1, 3, -1))))


def _swap_tags(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    """Exchange names of tags, or values of attributes."""
    return _swap(data, chance, chance.choice((_TAG, _VALUE)))


def _nest(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    """Open a tag, or a PDF's list or dictionary, again and again."""
    openings = [match.group() for match in _OPENING.finditer(data)] or [b"[", b"<<", b"q "]
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.choice(openings) * chance.choice((10, 1_000, 30_000)) + data[start:]


def _within(data: bytearray, chance: random.Random, originals: Sequence[bytes]) -> bytearray:
    """Unpack a part of a zip or a packed stream of a PDF, damage it in one way, and pack it again."""
    damage = MUTATIONS[chance.choice([name for name in MUTATIONS if name != "within"])]
    if data.startswith(b"PK"):
        return _within_zip(data, damage, chance, originals)
    streams = list(_STREAM.finditer(data))
    if not streams:
        return damage(data, chance, originals)
    start = chance.choice(streams).end()
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(bytes(data[start:]), _MOST_UNPACKED)
    except zlib.error:
        return damage(data, chance, originals)
    length = len(data) - start - len(unpacking.unused_data) if unpacking.eof else 0
    packed = zlib.compress(bytes(damage(bytearray(content), chance, originals)), 6)
    # What follows stays in its place where it can, so that the table of places still holds.
    return data[:start] + packed.ljust(length, b"\0") + data[start + length :]


def _within_zip(
    data: bytearray, damage: Mutation, chance: random.Random, originals: Sequence[bytes]
) -> bytearray:
    stream = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return damage(data, chance, originals)
    texts = [name for name in parts if name.endswith(".xml")] or list(parts)
    # The parts with the words and their numbers are few among many.
    chosen = chance.choice([name for name in texts if name.startswith("word/")] or texts or [""])
    parts[chosen] = bytes(damage(bytearray(parts.get(chosen, b"")), chance, originals))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return bytearray(stream.getvalue())


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
    "swap tags": _swap_tags,
    "nest": _nest,
    "within": _within,
}
