# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.cache import add_never_cache_headers


def fresh_json(data: dict[str, Any], status: int = 200) -> JsonResponse:
    """For what may have changed a second later.

    Django's ``never_cache`` is no help: around an async view it hides from Horizon's decorators that it is one.
    """
    response = JsonResponse(data, status=status)
    add_never_cache_headers(response)
    return response


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def wants_page(request: HttpRequest) -> bool:
    """Browsers name HTML; what says nothing is a script."""
    return "text/html" in request.headers.get("Accept", "")


def from_our_script(request: HttpRequest) -> bool:
    """Return whether the request is from a script of a page of the panel or of Horizon: only these set the header."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"
