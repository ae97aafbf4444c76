"""The service takes one thread for a question's arithmetic, or as many as the environment says."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from web.service.memory import share_arenas

_ASKED = "import web.__main__, faiss; print(faiss.omp_get_max_threads())"


@pytest.mark.parametrize(("setting", "expected"), [(None, "1"), ("2", "2")])
def test_arithmetic_has_one_thread_unless_the_environment_says_otherwise(
    setting: str | None, expected: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    if setting:
        environment["OMP_NUM_THREADS"] = setting
    printed = subprocess.run(
        [sys.executable, "-c", _ASKED], env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == expected


def test_the_c_library_is_told_to_keep_to_few_arenas_where_it_can_be() -> None:
    assert share_arenas() == (platform.libc_ver()[0] == "glibc")
