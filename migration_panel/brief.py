# SPDX-License-Identifier: Apache-2.0
"""Shorten texts for messages: Django may store messages in a cookie of 4 KB."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import ngettext

# Maximum characters of a text from Nova and of a name, and maximum number of names in a list.
LONGEST_TEXT = 300
LONGEST_NAME = 40
MOST_NAMES = 8


def shortened(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return the text in one line, cut to ``longest`` characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def names_text(names: Sequence[str]) -> str:
    """Return the first names of a list and the number of the other names."""
    shown = ", ".join(shortened(name, LONGEST_NAME) for name in names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    if rest <= 0:
        return shown
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", rest) % {
        "names": shown,
        "count": rest,
    }
