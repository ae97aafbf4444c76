"""The errors that this program raises on purpose, as one tree.

    FindingsError
    ├── UsageError            unusable arguments or input; exit status 2, or a 4xx
    │   ├── SourceError       a source folder or file that can't be used at all
    │   ├── IndexUnusable     an index that is missing, of another version, damaged or in use
    │   └── QueryError        a question that can't be understood as one (empty, too long)
    └── UnreadableDocument    one document that can't be read; a build names it and goes on

Every message is one line for the person at the keyboard: what is wrong, and what to do.
"""


class FindingsError(Exception):
    """Anything that this program raises on purpose."""


class UsageError(FindingsError):
    """Arguments or input can't be used; the message says what to do instead."""


class SourceError(UsageError):
    """A source named on the command line that is missing, closed to us, or holds nothing readable."""


class IndexUnusable(UsageError):
    """The index folder is missing, of another version, damaged, or being written by another build."""


class QueryError(UsageError):
    """A question or a filter that can't be used: empty, too long, or of an unknown value."""


class UnreadableDocument(FindingsError):
    """One document can't be read; `str()` is the reason, as it stands in the build's summary."""


def reason_of(error: Exception) -> str:
    """Say in words why a document couldn't be read, for whatever its reading raised."""
    if isinstance(error, UnreadableDocument):
        return str(error)
    if isinstance(error, MemoryError):
        return "needs more memory than a document may take: split it into parts"
    if isinstance(error, RecursionError):
        return "is nested too deeply to be read: save it again from its program"
    return " ".join(f"could not be read ({type(error).__name__}: {error})".split())
