# SPDX-License-Identifier: Apache-2.0
"""What the panel requested from Nova: the type that Nova does not record, and the user's reference.

Nova records neither block migration nor a ticket number.  The panel stores both in Django's cache after Nova has
accepted a request, under Nova's ID of the request.  An entry may expire or vanish at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from django.http import HttpRequest

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.api.validate import validated
from migration_panel.cache import Shelf
from migration_panel.migration_types import KINDS, Kind

# A week, s: as long as a ticket is usually open.
SENT_KEPT = 7 * 24 * 3600

# Maximum length of a reference, characters.
MAX_REFERENCE = 64


@dataclass(frozen=True)
class SentRequest:
    """A request that Nova accepted."""

    # Slug of the type.
    kind: str
    # For example a ticket number; empty without a reference.
    reference: str = ""


def is_reference(text: str) -> bool:
    """Return whether the panel accepts the text as a reference: printable, and not too long."""
    return len(text) <= MAX_REFERENCE and text.isprintable()


def store_sent_requests(nova: Nova, kind: Kind, request_ids: Iterable[tuple[str, str]], reference: str = "") -> None:
    """Store accepted requests of one type, in two calls to the cache.

    ``request_ids``: the ID of each instance with Nova's ID of the request, which is empty if Nova returned no ID.
    """
    sent = astuple(SentRequest(kind.slug, reference))
    values = {_item(instance_id, request_id): sent for instance_id, request_id in request_ids if request_id}
    _requests(nova.access).put(values, SENT_KEPT)


def sent_request(request: HttpRequest, instance_id: str, request_id: str | None) -> SentRequest | None:
    """Return what was requested; None if the panel did not send the request, or if the entry has expired.

    One call to the cache.  All users of the endpoint share the entries.  An entry discloses nothing to other users: the
    caller must have read the request ID from Nova with the user's own token, and Nova shows the actions of an instance
    only to users who may see the instance.  An entry contains the type and the text that the user entered as reference.
    The form says who can see this text.  Raise MigrationPanelError.
    """
    if not request_id:
        return None
    item = _item(instance_id, request_id)
    return _restored(_requests(Access.of(request)).get([item]).get(item))


def _requests(access: Access) -> Shelf:
    # Several requests may be stored at once: with more entries, fewer writes collide.
    return Shelf("sent-requests", (access.cloud,), entries=16)


def _item(instance_id: str, request_id: str) -> str:
    return f"{instance_id}:{request_id}"


def _restored(fields: object) -> SentRequest | None:
    """Return the stored request; None if another program or version has written the entry."""
    try:
        sent = validated(SentRequest(*fields)) if isinstance(fields, tuple) else None
    except TypeError:
        return None
    return sent if sent and sent.kind in KINDS and is_reference(sent.reference) else None
