# SPDX-License-Identifier: Apache-2.0
"""The board, and its status as JSON."""

from __future__ import annotations

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
from horizon.utils.functions import get_page_size

from migration_panel.api.nova import Nova
from migration_panel.api.shared import connect_for_poll
from migration_panel.board.columns import Columns
from migration_panel.board.cursor import Cursor
from migration_panel.board.failure import needs_reason
from migration_panel.board.failure_text import reason_text
from migration_panel.board.first_page import FirstPage
from migration_panel.board.lists import Query
from migration_panel.board.overview_presenter import overview_of
from migration_panel.board.poll import BoardPoll, Feed
from migration_panel.board.presenter import BULK_BUTTONS, RowPresenter, present
from migration_panel.board.rows import Row
from migration_panel.board.status import Section
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.board.unrecorded_presenter import UnrecordedMovePresenter
from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, PageOutdated, SessionExpired, as_json
from migration_panel.http import fresh_json
from migration_panel.identifiers import normalize_uuid
from migration_panel.policy import allowed
from migration_panel.proof import page_binding
from migration_panel.scope import PROJECT, Scope

SECTIONS = {
    Section.NEEDS_ATTENTION: _("Needs attention"),
    Section.IN_PROGRESS: _("In progress"),
    Section.HISTORY: _("Recent"),
}


def query_of(request: HttpRequest, scope: Scope, instance_id: str | None = None) -> Query:
    """Return the query for the migrations that the user may list in this panel.  Raise NoProjectSelected."""
    return Query(project_id=scope.project_of(request.user), instance_id=instance_id, limit=get_page_size(request))


def listing_context(request: HttpRequest, scope: Scope, instance_id: str | None = None) -> dict[str, Any]:
    """Return the context of ``_listing.html``, without progress: fetching it would double the wait.

    Raise NotAuthenticated if the session expired.
    """
    context: dict[str, Any] = {
        "scope": scope,
        "instance_id": instance_id,
        "sections": in_sections([]),
        "cursor": "",
        "bulk": BULK_BUTTONS,
        "reader": request.user.pk,
    }
    try:
        query = query_of(request, scope, instance_id)
        feed = async_to_sync(FirstPage(Nova.connect(request), query, complete=False).run)()
    except SessionExpired as error:
        raise NotAuthenticated() from error
    except MigrationPanelError as error:
        return context | {"error": error}
    # Without a cursor, the first poll fetches the reasons that are missing.
    complete = not feed.partial and all(row.reason or not needs_reason(row.migration) for row in feed.rows)
    rows: list[Row | UnrecordedMove] = [*offered(request, feed.rows), *offered_unrecorded(request, feed)]
    return context | {
        "sections": in_sections(rows),
        "overview": overview_of(rows, feed.results),
        "any": bool(rows),
        "cursor": cursor_text(request, feed.cursor) if complete else "",
    }


def cursor_text(request: HttpRequest, cursor: Cursor | None) -> str:
    """Return the cursor for the poller: bound to the session's endpoint, project and user, with its time of issue."""
    if cursor is None:
        return ""
    return replace(cursor, binding=bytes.fromhex(page_binding(request)), issued=int(time.time())).encode()


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
    """Return slug, title and rows of each section.  An empty section is included: a poll may add a row."""
    return [
        (section.value, SECTIONS[section], [present(row) for row in rows if row.section is section])
        for section in Section
    ]


def offered(request: HttpRequest, rows: Iterable[Row]) -> list[Row]:
    """Return the rows with the actions that policy allows to the user.  This is for display only; Nova decides."""
    return [row.offered_to(partial(allowed, request), request.user.pk) for row in rows]


def offered_unrecorded(request: HttpRequest, feed: Feed) -> list[UnrecordedMove]:
    """Return the migrations without a record, with the actions that policy allows to the user."""
    return [move.offered_to(partial(allowed, request)) for move in feed.unrecorded]


class BoardView(views.HorizonTemplateView):
    """The page of the board."""

    template_name = "migration_panel/board.html"
    page_title = _("Migrations")
    scope: Scope = PROJECT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of ``board.html``."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | listing_context(self.request, self.scope)


class StatusView(View):
    """What has changed since ``?cursor=``, of one instance with ``?instance=``.

    With ``?html=1`` each migration has its row as the page shows it.
    """

    scope: Scope = PROJECT

    async def get(self, request: HttpRequest) -> JsonResponse:
        """Return the JSON of ``status/`` (doc/api.rst)."""
        given = request.GET.get("instance")
        instance_id = normalize_uuid(given) if given else None
        if given and instance_id is None:
            return fresh_json({"error": _("This is not an instance ID.")}, 400)
        try:
            cursor = cursor_of(request)
            query = query_of(request, self.scope, instance_id)
            nova = await connect_for_poll(request)
            poll = BoardPoll(nova, query, cursor) if cursor else FirstPage(nova, query)
            feed = await poll.run()
        except MigrationPanelError as error:
            return as_json(error)
        return fresh_json(self._body(request, feed) | {"complete": cursor is None})

    def _body(self, request: HttpRequest, feed: Feed) -> dict[str, Any]:
        config, rows = get_config(), offered(request, feed.rows)
        moves = offered_unrecorded(request, feed)
        context = row_context(request, self.scope) if request.GET.get("html") == "1" else None
        return {
            "migrations": [row.as_json(reason_text(row)) | _html(row, context) for row in rows],
            "unlisted": [move.as_json() | _html(move, context) for move in moves],
            "poll_after_ms": config.poll_ms if feed.moving or feed.partial else config.idle_poll_ms,
            "cursor": "" if feed.partial else cursor_text(request, feed.cursor),
            **(_overview([*rows, *moves], feed) if context else {}),
        }


def row_context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """Return what the templates of all rows of an answer need."""
    return {"scope": scope, "reader": request.user.pk, "columns": Columns.of(request)}


def _html(row: Row | UnrecordedMove, context: dict[str, Any] | None) -> dict[str, str]:
    """Return the row of the page, if the request wants it."""
    if context is None:
        return {}
    presenter = present(row)
    return {"html": render_to_string(presenter.template, context | {"row": presenter})}


def _overview(rows: list[Row | UnrecordedMove], feed: Feed) -> dict[str, str]:
    """Return the overview of a complete answer; the script counts what changes after it."""
    overview = overview_of(rows, feed.results)
    template = "migration_panel/_overview.html"
    return {"overview": render_to_string(template, {"overview": overview})} if overview else {}
