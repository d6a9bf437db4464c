# SPDX-License-Identifier: Apache-2.0
"""The result of a call that a page can do without, or the reason why there is no result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migration_panel.api.placement import UnknownTrait
from migration_panel.exceptions import MigrationPanelError, NoSuchService, NotAllowed, NotFound, RequestRejected

# Error -> reason; the first class that fits counts.
REASONS: tuple[tuple[type[MigrationPanelError], str], ...] = (
    (NotAllowed, "not-allowed"),
    (NotFound, "gone"),
    (NoSuchService, "absent"),
    (UnknownTrait, "trait"),
    (RequestRejected, "refused"),
    (MigrationPanelError, "failed"),
)


@dataclass(frozen=True)
class OptionalResult:
    """The value of a call, or the reason why there is no value."""

    value: Any = None
    # One of REASONS, or "flavor" if the flavor is unknown; empty if the call succeeded or was not needed.
    reason: str = ""

    @property
    def found(self) -> bool:
        """Return whether there is a value."""
        return self.value is not None


def call_or_reason(call: Callable[[], Any], *, permitted: bool = True) -> OptionalResult:
    """Return the result of a call, or the reason of its error.

    An expired session is a reason too: only Nova's answer about the instance itself decides whether the session has
    expired, because another service may be configured wrongly.  ``permitted``: whether the user may make the call.
    """
    if not permitted:
        return OptionalResult(reason="not-allowed")
    try:
        return OptionalResult(call())
    except MigrationPanelError as error:
        return OptionalResult(reason=next(reason for kind, reason in REASONS if isinstance(error, kind)))
