# SPDX-License-Identifier: Apache-2.0
"""The binding of a page to its session, and the proof of an order: digests and signatures, nothing is stored.

All Horizon servers of one installation need the same SECRET_KEY, as Horizon itself requires.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from horizon.exceptions import ServiceCatalogException
from openstack_dashboard.api.base import url_for

from migration_panel.http import user_of
from migration_panel.times import parse_time, same_second, utc_text

BINDING_SALT = "migration_panel.proof.binding"
ORDER_SALT = "migration_panel.proof.order"
# Hexadecimal digits of a binding.
LENGTH = 16
# Age at which a proof expires, s.
MAX_AGE = 12 * 3600


@dataclass(frozen=True)
class SignedOrder:
    """An order by the session's user to drain a host, or to return its instances."""

    direction: str
    # When the drain started.
    since: datetime
    # When the user ordered it, by Nova's clock.
    ordered_at: datetime

    def covers(self, direction: str, since: datetime) -> bool:
        """Return whether the order is for the drain, or for the return, that started at ``since``."""
        return self.direction == direction and same_second(self.since, since)


def page_binding(request: HttpRequest) -> str:
    """Return a digest of the Nova endpoint, the project and the user of the session.

    A page carries the digest from when it was rendered; after a switch in another tab the digests differ.
    """
    user = user_of(request)
    parts = (_endpoint(request), user.tenant_id or "", user.id or "")
    return salted_hmac(BINDING_SALT, "\0".join(parts), algorithm="sha256").hexdigest()[:LENGTH]


def sign_order(request: HttpRequest, host: str, direction: str, since: datetime, ordered_at: datetime) -> str:
    """Return the proof that the user ordered a run.  Call this only for a POST by the user, never for a GET."""
    values = [page_binding(request), host, direction, utc_text(since), utc_text(ordered_at)]
    return signing.dumps(values, salt=ORDER_SALT)


def read_order(request: HttpRequest, host: str, text: str) -> SignedOrder | None:
    """Return the order; None for a text that is forged, too old, or for another host, endpoint, project or user."""
    try:
        binding, named, direction, *times = signing.loads(text, salt=ORDER_SALT, max_age=MAX_AGE)
        since, ordered_at = map(parse_time, times)
    except (signing.BadSignature, ValueError):
        return None
    if (binding, named) != (page_binding(request), host):
        return None
    return SignedOrder(direction, since, ordered_at) if since and ordered_at else None


def _endpoint(request: HttpRequest) -> str:
    try:
        return str(url_for(request, "compute"))
    except ServiceCatalogException:
        return ""
