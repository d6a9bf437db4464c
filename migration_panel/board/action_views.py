# SPDX-License-Identifier: Apache-2.0
"""The actions on a migration, or on an instance whose migration has no record in the project."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from migration_panel import messages
from migration_panel.api.models import Migration, Server
from migration_panel.api.nova import Nova
from migration_panel.board.action_text import WORDS, consequence
from migration_panel.board.actions import ACTIONS, CONFIRM, Action
from migration_panel.board.cache import InstanceSummary, stored_instances
from migration_panel.board.perform import find_migration, perform
from migration_panel.board.query import query_of
from migration_panel.board.rows import Row
from migration_panel.board.text import unrecorded_consequence
from migration_panel.board.unrecorded import WAITING, UnrecordedMove
from migration_panel.exceptions import (
    InvalidStatus,
    MigrationPanelError,
    NotFound,
    SessionExpired,
    as_json,
    as_page,
    user_message,
)
from migration_panel.http import fresh_json, wants_json
from migration_panel.identifiers import normalize_uuid
from migration_panel.scope import Scope


class ActionView(View):
    """Does one thing to one migration; ``ask`` in the form asks for a page to confirm it on first."""

    scope: Scope = None

    def post(self, request: HttpRequest, migration_id: UUID, action: str) -> HttpResponse:
        wanted, uuid = ACTIONS[action], str(migration_id)
        as_wanted = self._json if wants_json(request) else self._page
        try:
            query = query_of(request, self.scope, normalize_uuid(request.POST.get("instance", "")))
            nova = Nova.connect(request)
            if request.POST.get("ask"):
                return self._question(find_migration(nova, query, uuid, wanted), wanted)
            migration = perform(nova, query, uuid, wanted)
            known = async_to_sync(stored_instances)(nova, [migration.instance_id])
            return as_wanted(wanted, Row.of(migration, known.get(migration.instance_id, InstanceSummary())))
        except MigrationPanelError as error:
            return as_json(error) if wants_json(request) else self._refusal(error)

    def _json(self, action: Action, row: Row) -> HttpResponse:
        return fresh_json({"migration": row.as_json()}, 202)

    def _page(self, action: Action, row: Row) -> HttpResponse:
        messages.success(self.request, WORDS[action.slug].done)
        return HttpResponseRedirect(self.scope.url("index"))

    def _refusal(self, error: MigrationPanelError) -> HttpResponse:
        if isinstance(error, SessionExpired):
            return as_page(self.request, error)
        messages.error(self.request, user_message(error))
        return HttpResponseRedirect(self.scope.url("index"))

    def _question(self, migration: Migration, action: Action) -> HttpResponse:
        """Only without JavaScript: with it, the board asks in a dialog."""
        words = WORDS[action.slug]
        context = {
            "page_title": words.name,
            "scope": self.scope,
            "address": self.scope.url("act", migration.uuid, action.slug),
            "instance_id": migration.instance_id,
            "words": words,
            "consequence": consequence(action, Row.of(migration, InstanceSummary())),
        }
        return render(self.request, "migration_panel/action.html", context)


class InstanceActionView(View):
    """``ask`` in the form asks for a page to confirm it on first."""

    scope: Scope = None

    def post(self, request: HttpRequest, instance_id: UUID, action: str) -> HttpResponse:
        wanted = ACTIONS[action]
        try:
            nova = Nova.connect(request)
            server = self._server(nova, str(instance_id))
            if request.POST.get("ask"):
                return self._question(server, wanted)
            (nova.confirm_move if wanted is CONFIRM else nova.revert_move)(server.id)
        except MigrationPanelError as error:
            return as_json(error) if wants_json(request) else self._refusal(error)
        if wants_json(request):
            return fresh_json({"instance": UnrecordedMove(server).as_json()}, 202)
        messages.success(request, WORDS[action].done)
        return HttpResponseRedirect(self.scope.url("index"))

    def _server(self, nova: Nova, instance_id: str) -> Server:
        """Raises InvalidStatus for one that waits for nothing, NotFound for one of a project that is not shown."""
        project_id = self.scope.project_of(self.request.user)
        server = nova.server(instance_id)
        if project_id not in (None, server.project_id):
            raise NotFound()
        if server.status not in WAITING:
            raise InvalidStatus(server.status)
        return server

    def _refusal(self, error: MigrationPanelError) -> HttpResponse:
        if isinstance(error, SessionExpired):
            return as_page(self.request, error)
        messages.error(self.request, user_message(error))
        return HttpResponseRedirect(self.scope.url("index"))

    def _question(self, server: Server, action: Action) -> HttpResponse:
        words = WORDS[action.slug]
        context = {
            "page_title": words.name,
            "scope": self.scope,
            "address": self.scope.url("act-on-instance", server.id, action.slug),
            "instance_id": server.id,
            "words": words,
            "consequence": unrecorded_consequence(action),
        }
        return render(self.request, "migration_panel/action.html", context)
