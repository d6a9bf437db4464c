# SPDX-License-Identifier: Apache-2.0
"""Answers those whom Horizon does not let in, the way they asked: scripts get JSON, forms a page that they can open."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction as is_marked_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern
from django.urls.resolvers import RoutePattern
from horizon.exceptions import NotAuthenticated, NotAuthorized

from migration_panel.errors import NotAllowed, SignedOut, as_json
from migration_panel.nova.deadline import limited
from migration_panel.responses import wants_json, wants_page

View = Callable[..., Any]


class GuardedPattern(URLPattern):
    """Stands around the checks that Horizon puts around each view; its middleware would redirect a script."""

    def resolve(self, path: str) -> ResolverMatch | None:
        match = super().resolve(path)
        if match:
            match.func = limited(_guarded(match.func))
        return match


def path(route: str, view: View, name: str) -> GuardedPattern:
    """As Django's ``path``."""
    return GuardedPattern(RoutePattern(route, name=name, is_endpoint=True), view, {}, name)


def _guarded(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (NotAuthenticated, NotAuthorized) as error:
            return _shut_out(request, view, error)

    @wraps(view)
    async def answer_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return await view(request, *args, **kwargs)
        except (NotAuthenticated, NotAuthorized) as error:
            return _shut_out(request, view, error)

    return answer_async if is_marked_async(view) else answer


def _shut_out(request: HttpRequest, view: View, error: NotAuthenticated | NotAuthorized) -> HttpResponse:
    """Raises the error again where Horizon's own answer serves."""
    # What is async here answers scripts, unless a page is asked for in so many words.
    if wants_json(request) or (is_marked_async(view) and not wants_page(request)):
        return as_json(SignedOut() if isinstance(error, NotAuthenticated) else NotAllowed())
    if isinstance(error, NotAuthenticated) and not hasattr(view.view_class, "get"):
        # After the login a browser opens the address with GET: the page above is one that has it.
        page = request.path.rstrip("/").rpartition("/")[0] + "/"
        return redirect_to_login(page, login_url=settings.LOGIN_URL)
    raise error
