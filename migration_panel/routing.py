# SPDX-License-Identifier: Apache-2.0
"""Wrap every view of the panel: checks and settings that all requests share.

* Users without access get an answer in the format of their request: scripts get JSON, forms a page.
* A request from a page for another region, project or user does nothing.
* A request without a user action does not change the session.
* Times are in the reader's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction as is_marked_async
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import ResolverMatch, URLPattern
from django.urls.resolvers import RoutePattern
from django.utils.translation import gettext as _
from horizon.exceptions import NotAuthenticated, NotAuthorized

from migration_panel.deadline import limited
from migration_panel.exceptions import NotAllowed, PageOutdated, PageUnbound, SessionExpired, as_json
from migration_panel.http import from_our_script, wants_json, wants_page
from migration_panel.proof import page_binding
from migration_panel.times import readers_zone

View = Callable[..., Any]

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# The address names an instance by UUID, which does not exist in another region.
MAY_LACK_BINDING = ("migrate",)


class AuthErrorPattern(URLPattern):
    """Answer the errors of Horizon's checks around each view: Horizon's middleware would redirect a script."""

    def resolve(self, path: str) -> ResolverMatch | None:
        """Return the view of an address, with limits and with answers to errors of Horizon's checks."""
        match = super().resolve(path)
        if match:
            match.func = limited(with_auth_errors(match.func, str(self.name)))
        return match


def path(route: str, view: View, name: str) -> AuthErrorPattern:
    """Return the pattern of a page, as Django's ``path`` does."""
    return AuthErrorPattern(RoutePattern(route, name=name, is_endpoint=True), _bound(view, name), {}, name)


def _bound(view: View, name: str) -> View:
    """Check the binding inside Horizon's own checks: the user is known and may use the panel."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        _require_bound(request, name)
        return view(request, *args, **kwargs)

    return checked


def with_auth_errors(view: View, name: str) -> View:
    """Answer errors of login, rights and binding in the format of the request."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with _surroundings(request):
            try:
                response: HttpResponse = view(request, *args, **kwargs)
                return response
            except (NotAuthenticated, NotAuthorized) as error:
                return deny(request, view, error)
            except PageOutdated as error:
                return _outdated(request, view, name, error)

    @wraps(view)
    async def respond_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with _surroundings(request):
            try:
                response: HttpResponse = await view(request, *args, **kwargs)
                return response
            except (NotAuthenticated, NotAuthorized) as error:
                return deny(request, view, error)
            except PageOutdated as error:
                return await sync_to_async(_outdated)(request, view, name, error)

    return respond_async if is_marked_async(view) else respond


@contextmanager
def _surroundings(request: HttpRequest) -> Iterator[None]:
    """Set the reader's time zone, and prevent unattended requests from writing the session.

    Horizon's middleware extends the session at every request and writes all of it at the end.  That would undo a
    switch of the project meanwhile, and keep the session of an unattended page valid forever.
    """
    if _is_unattended(request):
        request.session.modified = False
    with readers_zone(request):
        yield


def _is_unattended(request: HttpRequest) -> bool:
    """Return whether it is a poll, or a request that the page of a drain or of a return sends by itself."""
    if request.method in SAFE:
        return from_our_script(request) or not wants_page(request)
    if request.POST.get("update") == "script":
        # The plan for other choices, which the script requests until it gets an answer.
        return True
    return from_our_script(request) and "order" in request.POST and not request.POST.get("action")


def _require_bound(request: HttpRequest, name: str) -> None:
    """Raise PageOutdated for a request from a page for another endpoint, project or user.

    Other scripts send no binding: they have no page that another tab could switch.
    """
    reads = request.method in SAFE
    given = (request.GET if reads else request.POST).get("binding")
    if given is not None:
        if given != page_binding(request):
            raise PageOutdated()
    elif not reads and name not in MAY_LACK_BINDING and (wants_page(request) or from_our_script(request)):
        raise PageUnbound()


def _outdated(request: HttpRequest, view: View, name: str, error: PageOutdated) -> HttpResponse:
    if _answers_json(request, view):
        return as_json(error)
    modal = from_our_script(request) and name in MAY_LACK_BINDING
    template = "migration_panel/_outdated.html" if modal else "migration_panel/outdated.html"
    context = {
        "error": error,
        "hide": modal,
        "page_title": _("Page out of date"),
        "scope": getattr(view, "view_initkwargs", {})["scope"],
    }
    # Horizon's modals show the body only of a successful answer.
    return render(request, template, context, status=200 if modal else error.status)


def deny(request: HttpRequest, view: View, error: NotAuthenticated | NotAuthorized) -> HttpResponse:
    """Return the answer to a user without a session or without rights.  Raise the error if Horizon answers as well."""
    if _answers_json(request, view):
        return as_json(SessionExpired() if isinstance(error, NotAuthenticated) else NotAllowed())
    if isinstance(error, NotAuthenticated) and not hasattr(getattr(view, "view_class", None), "get"):
        # After the login a browser opens the address with GET, which this view lacks; the page above it does not.
        page = request.path.rstrip("/").rpartition("/")[0] + "/"
        return redirect_to_login(page, login_url=settings.LOGIN_URL)
    raise error


def _answers_json(request: HttpRequest, view: View) -> bool:
    """Return whether to answer with JSON: async views do, unless the request explicitly accepts a page."""
    return wants_json(request) or (is_marked_async(view) and not wants_page(request))
