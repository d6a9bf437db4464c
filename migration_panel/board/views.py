# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views import View
from horizon import views
from horizon.exceptions import NotAuthenticated

from migration_panel.api.nova import Nova
from migration_panel.api.shared import SharedNova
from migration_panel.board import failure_query
from migration_panel.board.cursor import Cursor
from migration_panel.board.failure_text import reason_text
from migration_panel.board.poll import Feed, read_feed
from migration_panel.board.presenter import BULK_BUTTONS, RowPresenter, UnrecordedMovePresenter, present
from migration_panel.board.query import query_of
from migration_panel.board.rows import Row
from migration_panel.board.status import Section
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, PageOutdated, SessionExpired, as_json
from migration_panel.http import fresh_json
from migration_panel.identifiers import normalize_uuid
from migration_panel.policy import allowed
from migration_panel.proof import page_binding
from migration_panel.scope import Scope

SECTIONS = {
    Section.NEEDS_YOU: _("Needs you"),
    Section.UNDER_WAY: _("Under way"),
    Section.HISTORY: _("History"),
}


def listing(request: HttpRequest, scope: Scope, instance_id: str | None = None) -> dict[str, Any]:
    """Context of ``_listing.html``.  The figures come with the first poll: they would double the wait."""
    context: dict[str, Any] = {
        "scope": scope,
        "instance_id": instance_id,
        "sections": in_sections([]),
        "cursor": "",
        "bulk": BULK_BUTTONS,
        "reader": request.user.id,
    }
    try:
        query = query_of(request, scope, instance_id)
        feed = async_to_sync(read_feed)(Nova.of(request), query, figures=False)
    except SessionExpired as error:
        raise NotAuthenticated() from error
    except MigrationPanelError as error:
        return context | {"error": error}
    # Reasons that nobody has asked for yet come with a first poll that starts afresh.
    complete = not feed.partial and all(row.why or not failure_query.concerns(row.migration) for row in feed.rows)
    return context | {
        "sections": in_sections([*offered(request, feed.rows), *offered_unlisted(request, feed)]),
        "any": bool(feed.rows or feed.unlisted),
        "cursor": cursor_text(request, feed.cursor) if complete else "",
    }


def cursor_text(request: HttpRequest, cursor: Cursor | None) -> str:
    """Return the cursor for the poller: bound to the session's endpoint, project and user, with its time of issue."""
    if cursor is None:
        return ""
    return str(replace(cursor, binding=bytes.fromhex(page_binding(request)), issued=int(time.time())))


def cursor_of(request: HttpRequest) -> Cursor | None:
    """Return the poller's cursor; None if it is missing, unreadable or expired: the answer is then complete.

    Raise PageOutdated for a cursor of another endpoint, project or user: their rows must not mix.
    """
    cursor = Cursor.parse(request.GET.get("cursor", ""))
    if cursor is None:
        return None
    if cursor.binding.hex() != page_binding(request):
        raise PageOutdated()
    return None if cursor.expired(time.time()) else cursor


def in_sections(
    rows: list[Row | UnrecordedMove],
) -> list[tuple[str, object, list[RowPresenter | UnrecordedMovePresenter]]]:
    """Slug, title and rows of each, the empty ones too: a row may come to them."""
    return [
        (section.value, SECTIONS[section], [present(row) for row in rows if row.section is section])
        for section in Section
    ]


def offered(request: HttpRequest, rows: Iterable[Row]) -> list[Row]:
    """The rows with the actions that the reader's policy allows: for display, Nova decides."""
    return [row.offered_to(partial(allowed, request), request.user.id) for row in rows]


def offered_unlisted(request: HttpRequest, feed: Feed) -> list[UnrecordedMove]:
    return [one.offered_to(partial(allowed, request)) for one in feed.unlisted]


class BoardView(views.HorizonTemplateView):
    template_name = "migration_panel/board.html"
    page_title = _("Migrations")
    scope: Scope = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | listing(self.request, self.scope)


class StatusView(View):
    """What has changed since ``?cursor=``, of one instance with ``?instance=``.

    With ``?html=1`` each migration brings its row as the page shows it.
    """

    scope: Scope = None

    async def get(self, request: HttpRequest) -> JsonResponse:
        given = request.GET.get("instance")
        instance_id = normalize_uuid(given) if given else None
        if given and instance_id is None:
            return fresh_json({"error": _("This is no ID of an instance.")}, 400)
        try:
            cursor = cursor_of(request)
            query = query_of(request, self.scope, instance_id)
            nova = await asyncio.to_thread(SharedNova.of, request)
            feed = await read_feed(nova, query, cursor)
        except MigrationPanelError as error:
            return as_json(error)
        html = request.GET.get("html") == "1"
        return fresh_json(self._body(request, feed, html=html) | {"complete": cursor is None})

    def _body(self, request: HttpRequest, feed: Feed, *, html: bool) -> dict[str, Any]:
        config, rows, others = get_config(), offered(request, feed.rows), offered_unlisted(request, feed)
        return {
            "migrations": [row.as_json(reason_text(row)) | (self._html(request, row) if html else {}) for row in rows],
            "unlisted": [one.as_json() | (self._html(request, one) if html else {}) for one in others],
            "poll_after_ms": config.poll_ms if feed.moving or feed.partial else config.idle_poll_ms,
            "cursor": "" if feed.partial else cursor_text(request, feed.cursor),
        }

    def _html(self, request: HttpRequest, one: Row | UnrecordedMove) -> dict[str, str]:
        row = present(one)
        context = {"row": row, "scope": self.scope, "reader": request.user.id}
        return {"html": render_to_string(row.template, context)}
