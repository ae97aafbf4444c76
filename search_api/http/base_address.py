"""The service's own address, as a request has it: what links need that are taken away from its pages."""

from __future__ import annotations

import re

from starlette.requests import Request

_SAFE_BASE = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?/?$")


def base_of(request: Request) -> str:
    """Give the service's own address without a slash at its end; '' where the Host header is no plain name."""
    base = str(request.base_url)
    return base.rstrip("/") if _SAFE_BASE.match(base) else ""
