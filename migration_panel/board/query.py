# SPDX-License-Identifier: Apache-2.0
"""The migrations that a request may list."""

from __future__ import annotations

from django.http import HttpRequest
from horizon.utils.functions import get_page_size

from migration_panel.board.lists import Query
from migration_panel.scope import Scope


def query_of(request: HttpRequest, scope: Scope, instance_id: str | None = None) -> Query:
    """Return the query for the migrations that the user may list in this panel.  Raise NoProjectSelected."""
    return Query(project_id=scope.project_of(request.user), instance_id=instance_id, limit=get_page_size(request))
