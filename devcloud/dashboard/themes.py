# SPDX-License-Identifier: Apache-2.0
"""Styles of each theme, although they are compressed offline.

Horizon 27 gives the style sheets of all themes one key, and django-compressor compiles them in threads of its own, for
which Horizon's name of the theme is not set.  So every user would see the default theme, whatever they select.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from horizon import themes
from openstack_dashboard.templatetags.themes import get_theme


def offline_context() -> Iterator[dict[str, Any]]:
    """Yield the context of each theme, with the name of the theme set for all threads of this process."""
    for context in themes.offline_context():
        themes._local = SimpleNamespace(theme=context["THEME"])
        yield context


def theme(request: HttpRequest) -> dict[str, str]:
    """Return what the templates of a page need to find the style sheets of its theme."""
    return {"THEME": get_theme(request)}
