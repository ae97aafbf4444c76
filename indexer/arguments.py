"""Command lines that are refused in one line: what is wrong, and what to do. This module must not know any command."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn


class OneLineParser(argparse.ArgumentParser):
    """A parser whose refusal is one line on stderr and exit status 2; its subcommands are of the same kind."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        said = " ".join(message.split())
        print(f"{self.prog}: {said}; see: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)
