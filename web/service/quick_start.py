"""A start without work that serves nobody: what a library looks for that isn't here, and sweeping what is all in use.

Within `quick_start` a service loads its modules. This module must not know which these are.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_start() -> Iterator[None]:
    """Load modules within this block, for which nothing is looked through in vain."""
    # Pydantic reads what every installed package says of itself, to find extensions: there are none here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    swept = gc.isenabled()
    # What a module makes stays: a sweep frees nothing of it, and goes through all that there is by then.
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()
