# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from migration_panel import messages
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.acting.act import act, find
from migration_panel.board.acting.words import WORDS, consequence
from migration_panel.board.feed.row import Row
from migration_panel.board.remembered.instances import Known, remembered
from migration_panel.board.rules.actions import ACTIONS, Action
from migration_panel.board.views import query_of
from migration_panel.exceptions import MigrationPanelError, SignedOut, as_json, as_page, told
from migration_panel.http import fresh_json, wants_json
from migration_panel.identifiers import as_uuid
from migration_panel.scope import Scope


class ActionView(View):
    """Does one thing to one migration; ``ask`` in the form asks for a page to confirm it on first."""

    scope: Scope = None

    def post(self, request: HttpRequest, migration_id: UUID, action: str) -> HttpResponse:
        wanted, uuid = ACTIONS[action], str(migration_id)
        as_wanted = self._json if wants_json(request) else self._page
        try:
            query = query_of(request, self.scope, as_uuid(request.POST.get("instance", "")))
            nova = Nova.of(request)
            if request.POST.get("ask"):
                return self._question(find(nova, query, uuid, wanted), wanted)
            migration = act(nova, query, uuid, wanted)
            known = async_to_sync(remembered)(nova, [migration.instance_id])
            return as_wanted(wanted, Row.of(migration, known.get(migration.instance_id, Known())))
        except MigrationPanelError as error:
            return as_json(error) if wants_json(request) else self._refusal(error)

    def _json(self, action: Action, row: Row) -> HttpResponse:
        return fresh_json({"migration": row.as_json()}, 202)

    def _page(self, action: Action, row: Row) -> HttpResponse:
        messages.success(self.request, WORDS[action.slug].done)
        return HttpResponseRedirect(self.scope.url("index"))

    def _refusal(self, error: MigrationPanelError) -> HttpResponse:
        if isinstance(error, SignedOut):
            return as_page(self.request, error)
        messages.error(self.request, told(error))
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
            "consequence": consequence(action, Row.of(migration, Known())),
        }
        return render(self.request, "migration_panel/action.html", context)
