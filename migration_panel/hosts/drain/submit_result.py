# SPDX-License-Identifier: Apache-2.0
"""What became of the requests of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from migration_panel.exceptions import MigrationPanelError, NotAllowed, NotFound, ServiceText
from migration_panel.hosts.drain.run import Step

# Codes of a refusal; the sentences are in text.py.
REFUSED, NO_REASON, NOT_PERMITTED, NOT_FOUND = "refused", "refused-without-reason", "not-permitted", "not-found"
# The detail is a sentence of the panel.
EXPLAINED = "explained"


class Refusal(NamedTuple):
    """Why Nova refused a request: a code, and Nova's own text for REFUSED or the panel's sentence for EXPLAINED."""

    code: str
    detail: str = ""

    @classmethod
    def of(cls, error: MigrationPanelError) -> Refusal:
        """Return the refusal in an error.  Only Nova's own text is a quotation."""
        if error.reason:
            return cls(REFUSED if isinstance(error.reason, ServiceText) else EXPLAINED, str(error.reason))
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
    # Steps that wait for the end of other cold migrations.
    waiting: list[Step] = field(default_factory=list)
    # Instances that another request has claimed or changed.
    skipped: set[str] = field(default_factory=set)
