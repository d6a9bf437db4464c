# SPDX-License-Identifier: Apache-2.0
"""Nova's clock, by the ``Date`` of its answers: Horizon's own may be minutes away from it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from migration_panel import clock

# Server -> how far its clock is ahead of this process'.  A Date has whole seconds: this is right to about one.
_ahead: dict[str, timedelta] = {}


def note(answer: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Store the clock of whoever answered; a hook of requests."""
    try:
        there = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return
    if there.tzinfo is None:
        there = there.replace(tzinfo=timezone.utc)
    _ahead[urlsplit(answer.url).netloc] = there - datetime.now(timezone.utc)


def now(endpoint: str) -> datetime:
    """Return the time at that endpoint, or this process' own while nothing has answered there."""
    return clock.now() + _ahead.get(urlsplit(endpoint).netloc, timedelta())


def forget() -> None:
    """Drop what is known of all clocks."""
    _ahead.clear()
