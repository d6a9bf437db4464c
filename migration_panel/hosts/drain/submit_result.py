# SPDX-License-Identifier: Apache-2.0
"""What became of the requests of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound
from migration_panel.hosts.drain.run import Step

# Codes of a refusal; the sentences are in text.py.
REFUSED, NO_REASON, NOT_PERMITTED, NOT_FOUND = "refused", "refused-without-reason", "not-permitted", "not-found"


class Refusal(NamedTuple):
    """Why Nova refused a request: a code, and Nova's own text for REFUSED."""

    code: str
    detail: str = ""

    @classmethod
    def of(cls, error: MigrationPanelError) -> Refusal:
        """Return the refusal in an error.  Nova's text is a quotation; the headline of the error is not."""
        if error.reason:
            return cls(REFUSED, str(error.reason))
        if isinstance(error, NotAllowed):
            return cls(NOT_PERMITTED)
        return cls(NOT_FOUND if isinstance(error, NotFound) else NO_REASON)


@dataclass
class SubmitResult:
    """The results of a batch, by the instance's ID."""

    accepted: set[str] = field(default_factory=set)
    refused: dict[str, Refusal] = field(default_factory=dict)
    # The error that ended the batch early: the session expired, or Nova did not answer.
    error: MigrationPanelError | None = None
    # Steps for which no time was left.
    untried: list[Step] = field(default_factory=list)
