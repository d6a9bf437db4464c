# SPDX-License-Identifier: Apache-2.0
"""Times: the parser for addresses and forms, the format for readers, and the time zone of the reader."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone, localtime, override
from horizon.utils.functions import get_timezone

from migration_panel.clock import YEARS


def parse_time(text: str) -> datetime | None:
    """Return an ISO 8601 time in UTC, None for an empty text.  Raise ValueError for any other text.

    A time without an offset is in UTC.
    """
    text = text.strip()
    if not text:
        return None
    if text[-1] in "Zz":
        # Python 3.10 does not read it.
        text = f"{text[:-1]}+00:00"
    value = datetime.fromisoformat(text)
    return as_utc(value if value.tzinfo else value.replace(tzinfo=timezone.utc))


def as_utc(moment: datetime) -> datetime:
    """Return an aware time in UTC.  Raise ValueError for a year beyond YEARS."""
    if moment.year not in YEARS:
        raise ValueError(f"year {moment.year}")
    return moment.astimezone(timezone.utc)


def utc_text(moment: datetime) -> str:
    """Return a time for machines, to the second."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def same_second(first: datetime, second: datetime) -> bool:
    """Return whether two times are equal to the second, which is the precision of addresses."""
    return utc_text(first) == utc_text(second)


def time_text(moment: datetime) -> str:
    """Return a time for readers, in their time zone and with its name."""
    local = localtime(moment)
    return f"{date_format(local, 'Y-m-d H:i:s')} {local.tzname()}"


def clock_text(moment: datetime) -> str:
    """Return the time of the day for readers, in their time zone, for a place beside which the zone is named."""
    return date_format(localtime(moment), "H:i:s")


def zone_text(moment: datetime) -> str:
    """Return the name of the reader's time zone at a time."""
    return localtime(moment).tzname() or ""


def time_element(moment: datetime) -> SafeString:
    """Return a time for readers as an element that holds it for machines too."""
    return format_html('<time datetime="{}">{}</time>', utc_text(moment), time_text(moment))


def readers_zone(request: HttpRequest) -> AbstractContextManager[None]:
    """Activate the time zone that the reader chose in Horizon's settings.

    Horizon activates it for pages only: its middleware returns earlier for requests of scripts.
    """
    return override(_zone(str(get_timezone(request) or "")))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # The name may come from a cookie.
        return get_default_timezone()
