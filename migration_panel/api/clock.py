# SPDX-License-Identifier: Apache-2.0
"""Nova's clock, from the ``Date`` header of its answers: Horizon's own clock may differ by minutes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from migration_panel import clock

# Server -> how far its clock is ahead of this process's clock.  Accurate to about a second: a Date has whole seconds.
_ahead: dict[str, timedelta] = {}


def note(answer: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Store the clock of the server that answered.  A hook for requests."""
    try:
        there = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return
    if there.tzinfo is None:
        there = there.replace(tzinfo=timezone.utc)
    _ahead[urlsplit(answer.url).netloc] = there - datetime.now(timezone.utc)


def now(endpoint: str) -> datetime:
    """Return the time at the endpoint, or this process's own time until the endpoint has answered."""
    return clock.now() + _ahead.get(urlsplit(endpoint).netloc, timedelta())


def forget() -> None:
    """Drop the stored clocks."""
    _ahead.clear()
