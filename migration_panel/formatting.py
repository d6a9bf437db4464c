# SPDX-License-Identifier: Apache-2.0
"""Sizes, durations and lists of names for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from django.utils.formats import number_format
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MIB = 1024 * 1024

# Between two labels in one line.
SEPARATOR = " · "

# Maximum characters of a text from Nova and of a name, and maximum number of names in a list.
LONGEST_TEXT = 300
LONGEST_NAME = 40
MAX_NAMES = 8


def format_size(size: int) -> str:
    """Return a number of bytes in binary units, from B to TiB."""
    value, units = float(size), ["B", "KiB", "MiB", "GiB", "TiB"]
    while round(value, 1) >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    digits = 0 if value == int(value) or units[0] == "B" else 1
    # Django cuts hidden digits off instead of rounding.
    return f"{number_format(round(value, digits), digits)} {units[0]}"


def format_duration(span: timedelta) -> str:
    """Return a duration in seconds, minutes and seconds, or hours and minutes."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": seconds}
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def minutes_range(least: int, most: int) -> tuple[int, int]:
    """Return a range of seconds in minutes, at least 1 each.  The estimates are no more precise."""
    return max(1, round(least / 60)), max(1, -(-most // 60))


def format_range(least: int, most: int) -> str:
    """Return a range of seconds in minutes, for example "About 2 to 5 minutes"."""
    low, high = minutes_range(least, most)
    if high == 1:
        return _("Less than a minute")
    if low == high:
        return ngettext("About %(count)d minute", "About %(count)d minutes", high) % {"count": high}
    return _("About %(low)d to %(high)d minutes") % {"low": low, "high": high}


def format_time_left(least: int, most: int) -> str:
    """Return a remaining time, which is a range of seconds, in minutes."""
    low, high = minutes_range(least, most)
    if high == 1:
        return _("Less than a minute left")
    if low == high:
        return ngettext("About %(count)d minute left", "About %(count)d minutes left", high) % {"count": high}
    return _("About %(low)d to %(high)d minutes left") % {"low": low, "high": high}


def fill_later(text: Promise, values: Mapping[str, object]) -> Promise:
    """Return a translated text with its values, in the language of the reader: threads do not know the language."""
    return cast("Promise", lazy(lambda: str(text) % values, str)())


def shortened(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return the text in one line, cut to ``longest`` characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def names_text(names: Sequence[str], limit: int = MAX_NAMES, longest: int = LONGEST_NAME) -> str:
    """Return the first ``limit`` names of a list, each cut to ``longest`` characters, and the number of the others."""
    shown = ", ".join(shortened(name, longest) for name in names[:limit])
    rest = len(names) - limit
    if rest <= 0:
        return shown
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", rest) % {
        "names": shown,
        "count": rest,
    }
