"""A Word file as a package: a zip of XML parts that name each other by relationships.

Which part is the document is said by the package, not by habit: some programs name it document2.xml. The zip and
its XML are hostile until shown otherwise: sizes are checked before anything is unpacked, all parts together may
take no more than one of the largest, and no entity is expanded. This module knows nothing of what a part says.
"""

from __future__ import annotations

import lzma
import posixpath
import struct
import zipfile
import zlib
from typing import Final
from urllib.parse import unquote

from lxml import etree

from indexer.errors import UnreadableDocument
from indexer.limits import Limits

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MAX_PART = 64 * 1024 * 1024
"""Bytes of one unpacked part, and of all that are read; the longest council document seen has a body of 3 MB."""
MAX_RATIO = 200
"""How many times larger than packed a part may be: text packs 10 to 30 times, a bomb a thousand."""
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ValueError,  # a member that says it begins before the file
)  # fmt: skip


class WordPackage:
    """The parts of an open zip, found by name or by relationship."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._left = min(MAX_PART, limits.max_bytes)
        # Names of parts are compared without regard to case; some programs write backslashes.
        self._members = {_plain_name(info.filename): info for info in archive.infolist()}
        self._relations: dict[str, dict[str, tuple[str, str]]] = {}

    def related(self, source: str, kind: str, habit: str) -> str:
        """Give the part that `source` ("" for the package) names as its `kind` ("styles"), else the part `habit`."""
        for relation, target in self._relationships(source).values():
            if relation == kind and _plain_name(target) in self._members:
                return target
        return habit

    def target(self, source: str, relation_id: str) -> str | None:
        """Give the part that `source` knows by this relationship id; None where there is none inside the file."""
        found = self._relationships(source).get(relation_id)
        return found[1] if found and _plain_name(found[1]) in self._members else None

    def _relationships(self, source: str) -> dict[str, tuple[str, str]]:
        if source not in self._relations:
            folder, name = posixpath.split(source)
            found: dict[str, tuple[str, str]] = {}
            root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
            for relation in root if root is not None else ():
                if relation.get("TargetMode") != "External":
                    target = unquote(relation.get("Target", "")).replace("\\", "/")
                    kind = relation.get("Type", "").rsplit("/", 1)[-1]
                    part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                    found[relation.get("Id", "")] = (kind, part)
            self._relations[source] = found
        return self._relations[source]

    def raw(self, part: str) -> bytes | None:
        """Give the bytes of a part, None where there is none; raises UnreadableDocument for one too large."""
        info = self._members.get(_plain_name(part))
        if info is None:
            return None
        if info.file_size > self._left or info.file_size > MAX_RATIO * max(info.compress_size, 1) + 65536:
            raise UnreadableDocument(
                f"is a DOCX whose {part} unpacks to {info.file_size:,} bytes, more than is safe to read: "
                "check where it came from"
            )
        with self._archive.open(info) as stream:
            raw = stream.read(self._left + 1)
        self._left -= len(raw)
        if self._left < 0:
            raise UnreadableDocument(
                f"is a DOCX whose {part} unpacks to more than is safe to read: check where it came from"
            )
        return raw

    def xml(self, part: str) -> etree._Element | None:
        """Give the root of a part, None where there is none; raises UnreadableDocument for one that is damaged."""
        raw = self.raw(part)
        if raw is None:
            return None
        if b"<!DOCTYPE" in raw[:4096] or b"<!ENTITY" in raw:
            raise UnreadableDocument(
                "is a DOCX with a document type declaration, which Word never writes: refused"
            )
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(raw.replace(_STRICT, _TRANSITIONAL), parser)
        except etree.XMLSyntaxError as error:
            raise UnreadableDocument(
                f"is a DOCX whose {part} is damaged: open it in a word processor and save it again"
            ) from error


def _plain_name(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").lower()


def value(element: etree._Element | None, child: str) -> str | None:
    """Give the value of a property: of the child of this name, None where there is none."""
    found = element.find(f"{W}{child}") if element is not None else None
    return found.get(f"{W}val") if found is not None else None


def count(text: str | None, otherwise: int) -> int:
    """A whole number as Word writes one; `otherwise` for what is none, or is longer than any of Word's."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


def switch(properties: etree._Element | None, name: str) -> bool | None:
    """Whether a property of two states is on; None where it isn't given."""
    found = properties.find(f"{W}{name}") if properties is not None else None
    return None if found is None else found.get(f"{W}val", "1") not in ("0", "false", "off")
