# SPDX-License-Identifier: Apache-2.0
"""Facts about the user's login."""

from __future__ import annotations

from datetime import datetime, timezone

from django.http import HttpRequest


def token_expiry(request: HttpRequest) -> datetime | None:
    """Return when the user's token expires; None if Horizon does not know."""
    expires = getattr(getattr(request.user, "token", None), "expires", None)
    if not isinstance(expires, datetime):
        return None
    return expires if expires.tzinfo else expires.replace(tzinfo=timezone.utc)
