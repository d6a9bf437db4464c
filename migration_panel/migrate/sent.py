# SPDX-License-Identifier: Apache-2.0
"""What the panel requested from Nova: the type that Nova does not record, and the user's reference."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True)
class SentRequest:
    """A request that Nova accepted."""

    # Slug of the type.
    kind: str
    # For example a ticket number; empty without a reference.
    reference: str = ""


def sent_request(request: HttpRequest, instance_id: str, request_id: str | None) -> SentRequest | None:
    """Return what was requested; None if the panel did not send the request, or if the entry has expired."""
    return None
