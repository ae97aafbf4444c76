"""Reads any file that may be a document, by what is in it and not by its name.

Nothing is trusted: the size is looked at before a byte is read, and a file that can't be read ends in
UnreadableDocument with a reason that a person can act on. The readers that know each format are behind it;
this module knows only how to tell them apart.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from pathlib import Path

from indexer.errors import UnreadableDocument
from indexer.limits import Limits
from indexer.reading.html import looks_like_html, looks_like_saved_page, read_html, read_saved_page
from indexer.reading.pdf import read_pdf
from indexer.reading.source import SourceFile
from indexer.reading.text import read_text
from indexer.reading.word.document import read_docx

_KNOWN_ELSE: tuple[tuple[bytes, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "is an older Office file (.doc, .xls) or an encrypted one: save it as DOCX or PDF",
    ),
    (b"{\\rtf", "is a rich text file (RTF): save it as DOCX or PDF"),
    (b"\x89PNG", "is a picture (PNG): save the document as PDF and read it by OCR"),
    (b"\xff\xd8\xff", "is a picture (JPEG): save the document as PDF and read it by OCR"),
    (b"GIF8", "is a picture (GIF): save the document as PDF and read it by OCR"),
    (b"II*\x00", "is a picture (TIFF): save the document as PDF and read it by OCR"),
    (b"MM\x00*", "is a picture (TIFF): save the document as PDF and read it by OCR"),
    (b"\x1f\x8b", "is a gzip archive: unpack it and add what it holds"),
    (b"7z\xbc\xaf", "is a 7-Zip archive: unpack it and add what it holds"),
    (b"Rar!", "is a RAR archive: unpack it and add what it holds"),
    (b"\x7fELF", "is a program, not a document"),
    (b"MZ\x90", "is a program, not a document"),
)


def read_file(path: Path, *, limits: Limits) -> SourceFile:
    """Give the lines of the file at `path`, in reading order.

    Raises UnreadableDocument, with the reason as its message, for anything that can't be read as a document:
    missing, closed to us, empty, over the size limit, damaged, encrypted, or of a kind that isn't read.
    """
    return read_bytes(path.name, _bytes(path, limits), limits=limits)


def read_bytes(name: str, data: bytes, *, limits: Limits) -> SourceFile:
    """Give the lines of a file of this name that holds `data`, as `read_file` does."""
    limits.check_bytes(len(data))
    if not data.strip(b"\x00 \t\r\n\f"):
        raise UnreadableDocument(
            "is empty: download it again" if not data else "holds nothing but blanks: download it again"
        )
    digest = hashlib.sha256(data).hexdigest()
    suffix = Path(name).suffix.lower()
    if b"%PDF-" in data[:1024]:
        return read_pdf(name, digest, data, limits=limits)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _refuse_other_archives(data)
        return read_docx(name, digest, data, limits=limits)
    for start, reason in _KNOWN_ELSE:
        if data.startswith(start):
            raise UnreadableDocument(reason)
    page = looks_like_html(data)
    if suffix in (".pdf", ".docx"):
        wanted = suffix[1:].upper()
        if page:
            raise UnreadableDocument(
                f"is an HTML page, not a {wanted} (a download may end at an error page): download it again"
            )
        raise UnreadableDocument(f"is not a {wanted}, whatever its name says: download it again")
    if looks_like_saved_page(data):
        return read_saved_page(name, digest, data, limits=limits)
    if page or suffix in (".html", ".htm"):
        return read_html(name, digest, data, limits=limits)
    return read_text(name, digest, data, limits=limits, markdown=suffix in (".md", ".markdown"))


def _bytes(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableDocument("is not a file: name a file, or a folder of files")
        limits.check_bytes(status.st_size)
        with path.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableDocument("does not exist: check its name") from error
    except PermissionError as error:
        raise UnreadableDocument("may not be read: give yourself permission to open it") from error
    except OSError as error:
        raise UnreadableDocument(
            f"can't be opened ({error.strerror or 'input/output error'}): check the disk"
        ) from error
    return data


def _refuse_other_archives(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDocument("is a damaged zip or DOCX: download it again") from error
    for member, reason in (
        ("xl/workbook.xml", "is a spreadsheet (XLSX): save the sheet as tab-separated text or PDF"),
        ("ppt/presentation.xml", "is a presentation (PPTX): save it as PDF"),
        ("content.xml", "is an OpenDocument file: save it as DOCX or PDF"),
    ):
        if member in names and "word/document.xml" not in names:
            raise UnreadableDocument(reason)
