# SPDX-License-Identifier: Apache-2.0
"""The tabs and the breadcrumb of the panel's pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from migration_panel.policy import hosts_url
from migration_panel.scope import ADMIN, PROJECT, Scope

# Names of addresses (urls.py) by tab; the pages that are not named here belong to the board.
HISTORY_PAGES = frozenset({"history"})
HOST_PAGES = frozenset({"hosts", "evacuate", "drain", "return", "run"})


@dataclass(frozen=True)
class Tab:
    """A link of the panel's navigation."""

    name: str
    url: str
    # Whether the current page is this page or lies below it.
    is_active: bool
    # Whether the current page is this page.
    is_page: bool


def tabs(request: HttpRequest) -> list[Tab]:
    """Return the tabs that the user may open, the current tab marked.  Calls no service."""
    scope, page = _scope(request), _page(request)
    entries = [
        (pgettext("tab", "Board"), "index", scope.url("index"), page not in HISTORY_PAGES | HOST_PAGES),
        (pgettext("tab", "History"), "history", scope.url("history"), page in HISTORY_PAGES),
    ]
    if hosts := hosts_url(request, scope):
        entries.append((pgettext("tab", "Hosts"), "hosts", hosts, page in HOST_PAGES))
    return [Tab(name, url, active, own == page) for name, own, url, active in entries]


def breadcrumb(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the pages between the panel and the current page, as Horizon's ``custom_breadcrumb``."""
    is_below_hosts = _page(request) in HOST_PAGES - {"hosts"}
    return [(_("Compute hosts"), _scope(request).url("hosts"))] if is_below_hosts else []


def _scope(request: HttpRequest) -> Scope:
    match = request.resolver_match
    return ADMIN if match and ADMIN.dashboard in match.namespaces else PROJECT


def _page(request: HttpRequest) -> str:
    """Return the name of the page's address; empty for an address without a name."""
    match = request.resolver_match
    return (match.url_name or "") if match else ""
