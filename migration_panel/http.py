# SPDX-License-Identifier: Apache-2.0
"""Requests and answers: who sends a request, which format the answer has, and JSON that is never cached."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.cache import add_never_cache_headers
from openstack_auth.user import User


def user_of(request: HttpRequest) -> User:
    """Return the user that Horizon has logged in.  Django's types name users with fewer attributes."""
    return request.user


def fresh_json(data: dict[str, Any], status: int = 200) -> JsonResponse:
    """Return an answer that neither browsers nor proxies may cache.

    Django's ``never_cache`` would hide from Horizon's decorators that a view is async.
    """
    response = JsonResponse(data, status=status)
    add_never_cache_headers(response)
    return response


def wants_json(request: HttpRequest) -> bool:
    """Return whether the request accepts JSON."""
    return "application/json" in request.headers.get("Accept", "")


def wants_page(request: HttpRequest) -> bool:
    """Return whether the request accepts HTML, as those of browsers do; a request that accepts anything is a script."""
    return "text/html" in request.headers.get("Accept", "")


def from_our_script(request: HttpRequest) -> bool:
    """Return whether the request is from a script of a page of the panel or of Horizon: only these set the header."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"
