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
# Both bound the address, which web servers cut at 4 KB.
MOST_FOLLOWED = 64
MOST_SEEN = 200

DIGEST = 6
HEAD = struct.Struct(">BIH")
FORMAT = 1


@dataclass(frozen=True)
class Cursor:
    # The newest change seen, by Nova's clock.
    newest: datetime
    # Instances whose figures to ask for next time, at once with the list of migrations.
    followed: tuple[str, ...] = ()
    # Digests of the rows that the next list will bring again because of the overlap.
    seen: frozenset[bytes] = frozenset()

    @property
    def since(self) -> datetime:
        return self.newest - OVERLAP

    def __str__(self) -> str:
        followed = self.followed[:MOST_FOLLOWED]
        head = HEAD.pack(FORMAT, int(self.newest.timestamp()), len(followed))
        body = b"".join(UUID(instance).bytes for instance in followed)
        digests = b"".join(sorted(self.seen)[:MOST_SEEN])
        return urlsafe_b64encode(head + body + digests).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for what is no cursor of ours: the poller then gets everything again."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            version, newest, count = HEAD.unpack_from(data)
            moment = datetime.fromtimestamp(newest, timezone.utc)
        except (ValueError, struct.error, OverflowError):
            return None
        body, digests = data[HEAD.size :][: 16 * count], data[HEAD.size + 16 * count :]
        if version != FORMAT or len(body) != 16 * count or count > MOST_FOLLOWED:
            return None
        if len(digests) % DIGEST or len(digests) > MOST_SEEN * DIGEST:
            return None
        return cls(
            moment,
            tuple(str(UUID(bytes=body[i : i + 16])) for i in range(0, len(body), 16)),
            frozenset(digests[i : i + DIGEST] for i in range(0, len(digests), DIGEST)),
        )


def digest(parts: Iterable[object]) -> bytes:
    """Short name of a row's whole state: two polls with the same one have nothing new to tell."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=DIGEST).digest()
