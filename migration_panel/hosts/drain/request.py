# SPDX-License-Identifier: Apache-2.0
"""The request of a drain, stored as the disabled reason of the host's service, which users and the panel read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from migration_panel.api.host_models import ComputeHost, disabled_by_nova
from migration_panel.clock import YEARS

# Nova's limit (compute/schemas/services.py), characters.
LONGEST = 255
TIME = "%Y-%m-%d %H:%M:%S"
# Characters of the author's name that are always kept, even if the reason is too long.
SHORTEST_AUTHOR = 24
# Characters of an instance's ID that identify the instance on its host.
SHORT_ID = 8
ELLIPSIS = "…"

REASON_PATTERN = re.compile(
    r"Drain started (?P<started>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC"
    r"(?P<stopped>, stopped)?(?P<block>, with local disks)?(?P<cold>, shut off ones too)?"
    r"(?:, to (?P<destination>[A-Za-z0-9._-]+))?"
    r"(?:, without (?P<excluded>[0-9a-f]{8}(?: [0-9a-f]{8})*))?(?P<partial>, of chosen ones)?"
    r" by (?P<author>[^:]*)(?:: (?P<note>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class DrainRequest:
    """What a user requested of a drain, and whether it was stopped since."""

    started_at: datetime
    author: str
    note: str = ""
    # Whether local disks are copied.
    block: bool = False
    # Whether shut off instances are migrated too.
    cold: bool = False
    # Of live migrations; empty if the scheduler chooses.
    destination: str = ""
    # The first SHORT_ID characters of the IDs of excluded instances.
    excluded: frozenset[str] = frozenset()
    # Whether more instances are excluded than the reason can name: only the user who selected them knows them.
    partial_selection: bool = False
    stopped: bool = False

    @classmethod
    def parse(cls, reason: str | None) -> DrainRequest | None:
        """Return the request in a disabled reason; None for a reason that the panel did not write."""
        match = REASON_PATTERN.fullmatch(reason or "")
        if match is None:
            return None
        try:
            started_at = datetime.strptime(match["started"], TIME).replace(tzinfo=timezone.utc)
        except ValueError:
            return None
        if started_at.year not in YEARS:
            # Anybody who may change the service can write a reason.
            return None
        return cls(
            started_at,
            match["author"],
            match["note"] or "",
            block=bool(match["block"]),
            cold=bool(match["cold"]),
            destination=match["destination"] or "",
            excluded=frozenset((match["excluded"] or "").split()),
            partial_selection=bool(match["partial"]),
            stopped=bool(match["stopped"]),
        )

    def to_reason(self) -> str:
        """Return the disabled reason that ``parse`` reads.  It is a wire format, so it is never translated."""
        options = [
            ", stopped" if self.stopped else "",
            ", with local disks" if self.block else "",
            ", shut off ones too" if self.cold else "",
            f", to {self.destination}" if self.destination else "",
            f", without {' '.join(sorted(self.excluded))}" if self.excluded and not self.partial_selection else "",
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
        """Return whether Nova can store the reason, also after the drain is stopped."""
        return self._longest() <= LONGEST

    def _longest(self) -> int:
        return len(replace(self, stopped=True).to_reason())

    @property
    def room(self) -> int:
        """Return how many characters the note may have with the shortest author's name; negative if no text fits."""
        least = replace(self, note="", author=self.author[:SHORTEST_AUTHOR])
        return LONGEST - least._longest() - len(": ") - len(ELLIPSIS)

    def shortened(self) -> DrainRequest:
        """Return the same request with the author's name cut to fit."""
        excess = self._longest() - LONGEST
        if excess <= 0 or len(self.author) <= SHORTEST_AUTHOR:
            return self
        kept = max(SHORTEST_AUTHOR, len(self.author) - excess - len(ELLIPSIS))
        return replace(self, author=self.author[:kept].rstrip() + ELLIPSIS)

    def excluding(self, instances: Iterable[str]) -> DrainRequest:
        """Return the same request without these instances: named in the reason if there is room for all names."""
        excluded = frozenset(instance_id[:SHORT_ID] for instance_id in instances)
        named = replace(self, excluded=excluded, partial_selection=False).shortened()
        return named if named.fits else replace(self, excluded=excluded, partial_selection=True).shortened()

    def excludes(self, instance_id: str) -> bool:
        return instance_id[:SHORT_ID] in self.excluded


def drain_in_progress(service: ComputeHost) -> DrainRequest | None:
    """Return the drain for which the host is disabled; None without a reason."""
    return None if service.enabled else DrainRequest.parse(service.disabled_reason)


def is_disabled_by_nova(service: ComputeHost) -> bool:
    """Return whether nova-compute disabled its own service, and will enable it again."""
    return not service.enabled and disabled_by_nova(service.disabled_reason)


def other_reason(service: ComputeHost) -> str | None:
    """Return the disabled reason that another user or tool gave, which may be empty; None for any other state."""
    if service.enabled or drain_in_progress(service) or is_disabled_by_nova(service):
        return None
    return service.disabled_reason or ""
