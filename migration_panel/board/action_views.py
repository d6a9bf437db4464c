# SPDX-License-Identifier: Apache-2.0
"""The actions on a migration, or on an instance whose migration has no record in the project."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from migration_panel import messages
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.board import unrecorded_presenter
from migration_panel.board.action_text import ACTION_TEXTS, consequence
from migration_panel.board.actions import ACTIONS, CONFIRM, Action
from migration_panel.board.cache import InstanceSummary, stored_instances
from migration_panel.board.perform import find_migration, perform
from migration_panel.board.rows import Row
from migration_panel.board.unrecorded import WAITING, UnrecordedMove
from migration_panel.board.views import query_of
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
from migration_panel.scope import PROJECT, Scope

# Field of the form that requests the page of the confirmation, for browsers without JavaScript.
CONFIRM_FIELD = "ask"


class ActionBase(View):
    """Perform an action.  With CONFIRM_FIELD in the form, return a page on which the user confirms it first."""

    scope: Scope = PROJECT

    def respond(self, error: MigrationPanelError) -> HttpResponse:
        """Return the error: as JSON, as a page if the session expired, or as a message on the board."""
        if wants_json(self.request):
            return as_json(error)
        if isinstance(error, SessionExpired):
            return as_page(self.request, error)
        messages.error(self.request, user_message(error))
        return HttpResponseRedirect(self.scope.url("index"))

    def done(self, action: Action, body: dict[str, object]) -> HttpResponse:
        """Return the success: as JSON, or as a message on the board."""
        if wants_json(self.request):
            return fresh_json(body, 202)
        messages.success(self.request, ACTION_TEXTS[action.slug].done)
        return HttpResponseRedirect(self.scope.url("index"))

    def confirmation(self, action: Action, instance_id: str, address: str, text: str) -> HttpResponse:
        """Return the page on which the user confirms the action.  With JavaScript, the board has a dialog instead."""
        context = {
            "page_title": ACTION_TEXTS[action.slug].name,
            "scope": self.scope,
            "address": address,
            "instance_id": instance_id,
            "text": ACTION_TEXTS[action.slug],
            "consequence": text,
        }
        return render(self.request, "migration_panel/action.html", context)


class ActionView(ActionBase):
    """An action on a migration."""

    def post(self, request: HttpRequest, migration_id: UUID, action: str) -> HttpResponse:
        """Perform the action, or return the page on which the user confirms it."""
        try:
            return self._perform(request, str(migration_id), ACTIONS[action])
        except MigrationPanelError as error:
            return self.respond(error)

    def _perform(self, request: HttpRequest, uuid: str, action: Action) -> HttpResponse:
        query = query_of(request, self.scope, normalize_uuid(request.POST.get("instance", "")))
        nova = Nova.connect(request)
        if request.POST.get(CONFIRM_FIELD):
            migration = find_migration(nova, query, uuid, action)
            text = consequence(action, Row.of(migration, InstanceSummary()))
            return self.confirmation(action, migration.instance_id, self.scope.url("act", uuid, action.slug), text)
        migration = perform(nova, query, uuid, action)
        stored = async_to_sync(stored_instances)(nova, [migration.instance_id])
        row = Row.of(migration, stored.get(migration.instance_id, InstanceSummary()))
        return self.done(action, {"migration": row.as_json()})


class InstanceActionView(ActionBase):
    """An action on an instance whose migration has no record in the project."""

    def post(self, request: HttpRequest, instance_id: UUID, action: str) -> HttpResponse:
        """Perform the action, or return the page on which the user confirms it."""
        try:
            return self._perform(request, str(instance_id), ACTIONS[action])
        except MigrationPanelError as error:
            return self.respond(error)

    def _perform(self, request: HttpRequest, instance_id: str, action: Action) -> HttpResponse:
        nova = Nova.connect(request)
        server = self._server(nova, instance_id)
        if request.POST.get(CONFIRM_FIELD):
            address = self.scope.url("act-on-instance", server.id, action.slug)
            return self.confirmation(action, server.id, address, unrecorded_presenter.consequence(action))
        (nova.confirm_move if action is CONFIRM else nova.revert_move)(server.id)
        return self.done(action, {"instance": UnrecordedMove(server).as_json()})

    def _server(self, nova: Nova, instance_id: str) -> Server:
        """Return the instance.  Raise InvalidStatus if it waits for nothing, NotFound if it is of another project."""
        project_id = self.scope.project_of(self.request.user)
        server = nova.server(instance_id)
        if project_id not in (None, server.project_id):
            raise NotFound()
        if server.status not in WAITING:
            raise InvalidStatus(server.status)
        return server
