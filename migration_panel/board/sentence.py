# SPDX-License-Identifier: Apache-2.0
"""A sentence with facts that may be unknown, or hidden from the reader."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Sentence:
    """The forms of a sentence, each with fewer facts than the form before.  The last form has no facts.

    A noun in the place of a hidden name would be wrong in languages with cases: each form is a message of its own.
    """

    forms: tuple[Promise, ...]

    def text(self, **facts: str | None) -> str:
        """Return the first form whose facts are all known."""
        known = {name: fact for name, fact in facts.items() if fact}
        for form in self.forms[:-1]:
            with suppress(KeyError):
                return str(form) % known
        return str(self.forms[-1])
