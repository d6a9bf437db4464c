# SPDX-License-Identifier: Apache-2.0
"""What a poller has seen, carried by the poller: the panel itself keeps nothing between two polls."""

from __future__ import annotations

import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

# The clocks of the services that write migration records may differ by so much.
OVERLAP = timedelta(seconds=60)
# How far an occasional poll looks back, and how often, s: records of a cell that Nova could not reach appear late.
DEEP = timedelta(hours=1)
DEEP_EVERY = 300
# What the time that is asked from is a multiple of, s.
ROUND = 10
# They bound the address, which web servers cut at 4 KB.
MAX_FOLLOWED = 64
MAX_MOVING = 120
MAX_SEEN = 120

DIGEST = 6
BINDING = 8
HEAD = struct.Struct(f">BIIIHHI{BINDING}s")
FORMAT = 5
# Age at which a cursor expires, s: more may have changed than one poll can read.
MAX_AGE = 3600

# What is known of an instance in the cursor.
FOLLOWED, FOREIGN = 1, 2


@dataclass(frozen=True)
class Cursor:
    # The newest change seen, by Nova's clock.
    newest: datetime
    # Instances whose figures to ask for next time, at once with the list of migrations.
    followed: tuple[str, ...] = ()
    # Digests of the rows that the next list will bring again because of the overlap.
    seen: frozenset[bytes] = frozenset()
    # Names of the migrations in progress, newest first: a migration without a change for a while still counts.
    moving: tuple[bytes, ...] = ()

    # Instances that were moving at the reader's last look, by the wish of others than his project.
    foreign: frozenset[str] = frozenset()
    # When that was, s since the epoch.
    looked: int = 0
    # When a poll last looked back by DEEP, s since the epoch.
    deep: int = 0
    # Digest of endpoint, project and user (proof.py), and when the cursor was issued, s since the epoch.
    binding: bytes = bytes(BINDING)
    issued: int = 0

    @property
    def since(self) -> datetime:
        """Rounded down, so that pollers who saw slightly different things ask the same question."""
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

    def __str__(self) -> str:
        others = sorted(self.foreign.difference(self.followed))
        known = [*self.followed, *others][:MAX_FOLLOWED]
        moving = self.moving[:MAX_MOVING]
        counts = (len(known), len(moving))
        newest = int(self.newest.timestamp())
        head = HEAD.pack(FORMAT, newest, self.looked, self.deep, *counts, self.issued, self.binding)
        instances = b"".join(UUID(instance).bytes for instance in known)
        flags = bytes(FOLLOWED * (one in self.followed) | FOREIGN * (one in self.foreign) for one in known)
        migrations = b"".join(moving)
        digests = b"".join(sorted(self.seen)[:MAX_SEEN])
        return urlsafe_b64encode(head + instances + flags + migrations + digests).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for what is no cursor of ours: the poller then gets everything again."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            version, newest, looked, deep, known, moving, issued, binding = HEAD.unpack_from(data)
            moment = datetime.fromtimestamp(newest, timezone.utc)
            if version != FORMAT or known > MAX_FOLLOWED or moving > MAX_MOVING:
                return None
            rest = data[HEAD.size :]
            instances = struct.unpack_from("16s" * known, rest)
            flags = struct.unpack_from(f"{known}B", rest, 16 * known)
            migrations = struct.unpack_from(f"{DIGEST}s" * moving, rest, 17 * known)
            digests = rest[17 * known + DIGEST * moving :]
        except (ValueError, struct.error, OverflowError):
            return None
        if len(digests) % DIGEST or len(digests) > DIGEST * MAX_SEEN:
            return None
        told = [(str(UUID(bytes=one)), flag) for one, flag in zip(instances, flags, strict=True)]
        return cls(
            moment,
            tuple(one for one, flag in told if flag & FOLLOWED),
            frozenset(digests[i : i + DIGEST] for i in range(0, len(digests), DIGEST)),
            tuple(migrations),
            frozenset(one for one, flag in told if flag & FOREIGN),
            looked,
            deep,
            binding,
            issued,
        )


def short_name(uuid: str) -> bytes:
    """Return the name of a migration in a cursor.  Nova's integer IDs repeat between cells."""
    return digest([uuid])


def digest(parts: Iterable[object]) -> bytes:
    """Short name of a row's whole state: two polls with the same one have nothing new to tell."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=DIGEST).digest()
