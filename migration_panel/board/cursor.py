# SPDX-License-Identifier: Apache-2.0
"""What a poller has seen.  The poller sends it with each poll, so that the panel stores nothing between two polls."""

from __future__ import annotations

import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

# How much the clocks of the services that write migration records may differ.
OVERLAP = timedelta(seconds=60)
# How far an occasional poll looks back, and how often, s: records of a cell that Nova could not reach appear late.
DEEP = timedelta(hours=1)
DEEP_EVERY = 300
# ``changes-since`` is a multiple of this, s.
ROUND = 10
# Limits of the length: web servers cut an address at 4 KB.
MAX_FOLLOWED = 64
MAX_MOVING = 120
MAX_SEEN = 120

DIGEST = 6
BINDING = 8
HEAD = struct.Struct(f">BIIIHHI{BINDING}s")
FORMAT = 5
# Age at which a cursor expires, s: more may have changed than one poll can read.
MAX_AGE = 3600

# Flags of an instance in an encoded cursor.
FOLLOWED, ADMIN_STARTED = 1, 2


@dataclass(frozen=True)
class Cursor:
    """What a poller has seen, and what its next poll requests."""

    # Time of the newest change seen, by Nova's clock.
    newest: datetime
    # Instances whose progress the next poll requests, together with the list of migrations.
    followed: tuple[str, ...] = ()
    # Digests of the rows that the next list will contain again because of the overlap.
    seen: frozenset[bytes] = frozenset()
    # Short names of the migrations in progress, newest first: a migration without a change for a while still counts.
    moving: tuple[bytes, ...] = ()

    # Instances that an administrator was migrating at the last look-up of the project's instances.
    admin_started: frozenset[str] = frozenset()
    # Time of that look-up, s since the epoch.
    looked: int = 0
    # When a poll last looked back by DEEP, s since the epoch.
    deep: int = 0
    # Digest of endpoint, project and user (proof.py), and when the cursor was issued, s since the epoch.
    binding: bytes = bytes(BINDING)
    issued: int = 0

    @property
    def since(self) -> datetime:
        """Return the start of the period that a poll covers.

        It is rounded down, so that pollers who have seen slightly different changes send the same request.
        """
        moment = self.newest - OVERLAP
        return moment - timedelta(seconds=moment.second % ROUND)

    def expired(self, now: float) -> bool:
        """Return whether the cursor is too old, or its time of issue is in the future."""
        return not -MAX_AGE < now - self.issued < MAX_AGE

    @property
    def deep_since(self) -> datetime:
        """Return the start of the period that a poll covers when it looks back further."""
        return self.since - DEEP

    def is_deep(self, now: datetime) -> bool:
        """Return whether the next poll has to look back further."""
        return 0 < self.deep <= now.timestamp() - DEEP_EVERY

    def encode(self) -> str:
        """Return the cursor as a text for an address.  Entries beyond the limits are left out."""
        others = sorted(self.admin_started.difference(self.followed))
        instances = [*self.followed, *others][:MAX_FOLLOWED]
        moving = self.moving[:MAX_MOVING]
        counts = (len(instances), len(moving))
        newest = int(self.newest.timestamp())
        head = HEAD.pack(FORMAT, newest, self.looked, self.deep, *counts, self.issued, self.binding)
        ids = b"".join(UUID(instance).bytes for instance in instances)
        flags = bytes(self._flags(instance) for instance in instances)
        digests = sorted(self.seen)[:MAX_SEEN]
        return urlsafe_b64encode(b"".join([head, ids, flags, *moving, *digests])).decode().rstrip("=")

    def _flags(self, instance: str) -> int:
        return FOLLOWED * (instance in self.followed) | ADMIN_STARTED * (instance in self.admin_started)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor; None for any other text: the answer to the poller is then complete."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            version, newest, looked, deep, known, moving, issued, binding = HEAD.unpack_from(data)
            moment = datetime.fromtimestamp(newest, timezone.utc)
            if version != FORMAT or known > MAX_FOLLOWED or moving > MAX_MOVING:
                return None
            rest = data[HEAD.size :]
            ids = struct.unpack_from("16s" * known, rest)
            flags = struct.unpack_from(f"{known}B", rest, 16 * known)
            names = struct.unpack_from(f"{DIGEST}s" * moving, rest, 17 * known)
            digests = rest[17 * known + DIGEST * moving :]
        except (ValueError, struct.error, OverflowError):
            return None
        if len(digests) % DIGEST or len(digests) > DIGEST * MAX_SEEN:
            return None
        return cls(
            moment,
            _flagged(FOLLOWED, ids, flags),
            frozenset(digests[start : start + DIGEST] for start in range(0, len(digests), DIGEST)),
            tuple(names),
            frozenset(_flagged(ADMIN_STARTED, ids, flags)),
            *(looked, deep, binding, issued),
        )


def _flagged(flag: int, ids: Iterable[bytes], flags: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(UUID(bytes=instance)) for instance, own in zip(ids, flags, strict=True) if own & flag)


def short_name(uuid: str) -> bytes:
    """Return the name of a migration in a cursor.  Nova's integer IDs repeat between cells."""
    return digest([uuid])


def digest(parts: Iterable[object]) -> bytes:
    """Return a short hash of the parts: rows with the same hash look the same."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=DIGEST).digest()
