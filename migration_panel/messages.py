# SPDX-License-Identifier: Apache-2.0
"""Send Django's messages, shortened: they may be stored in cookies, which browsers drop if they are too long."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import Truncator

# Several messages fit into a session of signed cookies beside the user's token, which has 4 KB in all.
MAX_CHARACTERS = 500


def success(request: HttpRequest, text: str | Promise) -> None:
    """Show a message of success on the next page."""
    messages.success(request, _shortened(text))


def warning(request: HttpRequest, text: str | Promise) -> None:
    """Show a warning on the next page."""
    messages.warning(request, _shortened(text))


def error(request: HttpRequest, text: str | Promise) -> None:
    """Show an error on the next page."""
    messages.error(request, _shortened(text))


def _shortened(text: str | Promise) -> str:
    return Truncator(str(text)).chars(MAX_CHARACTERS)
