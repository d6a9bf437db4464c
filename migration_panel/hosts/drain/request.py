# SPDX-License-Identifier: Apache-2.0
"""What was asked of a drain, as the reason that Nova keeps with the disabled service: read by people and by us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from migration_panel.clock import YEARS

# Nova's limit (compute/schemas/services.py).
LONGEST = 255
TIME = "%Y-%m-%d %H:%M:%S"
# Characters of the author's name that are always kept, even if the reason is too long.
SHORTEST_AUTHOR = 24
# So much of an instance's ID is as good as all of it among those of one host.
SHORT = 8
ELLIPSIS = "…"

REASON_PATTERN = re.compile(
    r"Drain started (?P<started>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC"
    r"(?P<stopped>, stopped)?(?P<block>, with local disks)?(?P<cold>, shut off ones too)?"
    r"(?:, to (?P<destination>[A-Za-z0-9._-]+))?"
    r"(?:, without (?P<without>[0-9a-f]{8}(?: [0-9a-f]{8})*))?(?P<chosen>, of chosen ones)?"
    r" by (?P<author>[^:]*)(?:: (?P<note>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class DrainRequest:
    started_at: datetime
    author: str
    note: str = ""
    # Whether local disks are copied; shut off instances are moved cold.
    block: bool = False
    cold: bool = False
    # Of those that move live; empty for the scheduler's choice.
    destination: str = ""
    # The beginnings of the IDs of those that were left out.
    without: frozenset[str] = frozenset()
    # Whether more instances are excluded than the reason can name: only the user who selected them knows them.
    partial_selection: bool = False
    # Whether somebody wanted it to go on no further.
    stopped: bool = False

    @classmethod
    def parse(cls, reason: str | None) -> DrainRequest | None:
        """None for a reason that somebody else has written."""
        found = REASON_PATTERN.fullmatch(reason or "")
        if found is None:
            return None
        try:
            started = datetime.strptime(found["started"], TIME).replace(tzinfo=timezone.utc)
        except ValueError:
            return None
        if started.year not in YEARS:
            # Anybody who may change the service can write a reason.
            return None
        return cls(
            started,
            found["author"],
            found["note"] or "",
            bool(found["block"]),
            bool(found["cold"]),
            found["destination"] or "",
            frozenset((found["without"] or "").split()),
            bool(found["chosen"]),
            bool(found["stopped"]),
        )

    def to_reason(self) -> str:
        """Return the disabled reason that ``parse`` reads: a wire format, so it is never translated."""
        options = [
            ", stopped" if self.stopped else "",
            ", with local disks" if self.block else "",
            ", shut off ones too" if self.cold else "",
            f", to {self.destination}" if self.destination else "",
            f", without {' '.join(sorted(self.without))}" if self.without and not self.partial_selection else "",
            ", of chosen ones" if self.partial_selection else "",
        ]
        # The first colon ends the author's name.
        author = self.author.replace(":", " ")
        note = f": {self.note}" if self.note else ""
        return (
            f"Drain started {self.started_at.astimezone(timezone.utc):{TIME}} UTC{''.join(options)} by {author}{note}"
        )

    @property
    def fits(self) -> bool:
        # A longer one may still be told in short when it is stopped.
        return len(replace(self, stopped=True).to_reason()) <= LONGEST

    @property
    def room(self) -> int:
        """Return how many characters the note may have with the shortest author's name; negative if none fits."""
        least = replace(self, note="", author=self.author[:SHORTEST_AUTHOR], stopped=True)
        return LONGEST - len(least.to_reason()) - len(": ") - len(ELLIPSIS)

    def shortened(self) -> DrainRequest:
        """Return the same order with the author's name cut to fit."""
        excess = len(replace(self, stopped=True).to_reason()) - LONGEST
        if excess <= 0 or len(self.author) <= SHORTEST_AUTHOR:
            return self
        kept = max(SHORTEST_AUTHOR, len(self.author) - excess - len(ELLIPSIS))
        return replace(self, author=self.author[:kept].rstrip() + ELLIPSIS)

    def excluding(self, instances: Iterable[str]) -> DrainRequest:
        """By name as long as there is room for the names."""
        named = replace(self, without=frozenset(one[:SHORT] for one in instances), partial_selection=False).shortened()
        return named if named.fits else replace(self, without=named.without, partial_selection=True).shortened()

    def excludes(self, instance_id: str) -> bool:
        return instance_id[:SHORT] in self.without
