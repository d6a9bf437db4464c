# SPDX-License-Identifier: Apache-2.0
"""The poller's cursor: it is parsed as it was encoded, and any other text is harmless."""

import random
import struct
from base64 import urlsafe_b64encode
from datetime import datetime, timezone
from uuid import UUID

import pytest

from migration_panel.board.cursor import (
    BINDING,
    DIGEST,
    FORMAT,
    MAX_AGE,
    MAX_FOLLOWED,
    MAX_MOVING,
    MAX_SEEN,
    Cursor,
    digest,
    short_name,
)

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
LARGEST = Cursor(
    NOON,
    tuple(str(UUID(int=number)) for number in range(MAX_FOLLOWED)),
    frozenset(digest([number]) for number in range(MAX_SEEN)),
    tuple(short_name(str(number)) for number in range(MAX_MOVING)),
    frozenset(str(UUID(int=number)) for number in range(0, MAX_FOLLOWED, 2)),
    2**32 - 1,
    2**32 - 1,
)


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def head(version: int = FORMAT, newest: int = 0, count: int = 0, moving: int = 0, looked: int = 0) -> bytes:
    return struct.pack(f">BIIIHHI{BINDING}s", version, newest, looked, 0, count, moving, 0, bytes(BINDING))


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(NOON),
        Cursor(NOON, ("6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11",)),
        Cursor(NOON, (), frozenset({digest(["a"]), digest(["b"])})),
        Cursor(NOON, moving=(short_name("b"), short_name("a"))),
        Cursor(NOON, binding=b"eastgate", issued=1_800_000_000),
        Cursor(NOON, admin_started=frozenset({"6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11"}), looked=1_800_000_000),
        LARGEST,
    ],
    ids=["bare", "followed", "seen", "moving", "bound", "foreign", "largest"],
)
def test_round_trip(cursor):
    assert Cursor.parse(cursor.encode()) == cursor


def test_since_allows_for_clock_differences():
    assert Cursor(NOON).since == datetime(2026, 11, 22, 11, 59, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("age", "expired"),
    [(0, False), (MAX_AGE - 1, False), (MAX_AGE, True), (10**9, True), (-60, False), (-MAX_AGE, True)],
)
def test_expires_an_hour_after_its_issue(age, expired):
    assert Cursor(NOON, issued=1_800_000_000).expired(1_800_000_000 + age) is expired


@pytest.mark.parametrize("cursor", [Cursor(NOON), LARGEST], ids=["bare", "largest"])
def test_encoded_cursor_needs_no_quoting(cursor):
    assert set(cursor.encode()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_largest_fits_an_address():
    assert len(LARGEST.encode()) <= 3500


def test_cursor_beyond_the_limits_is_cut():
    instances = tuple(str(UUID(int=number)) for number in range(500))
    digests = frozenset(digest([number]) for number in range(5000))
    moving = tuple(short_name(str(number)) for number in range(1000))
    text = Cursor(NOON, instances, digests, moving).encode()
    kept = Cursor.parse(text)
    assert len(text) == len(LARGEST.encode())
    assert kept.followed == instances[:MAX_FOLLOWED]
    assert len(kept.seen) == MAX_SEEN
    assert kept.seen < digests
    # The newest migrations are kept: users wait for their end.
    assert kept.moving == moving[:MAX_MOVING]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AAAA",
        "not a cursor",
        "../../etc/passwd",
        "größer",
        "\ud800",
        "\x00",
        "%00%00",
        "=" * 50,
        encoded(head(version=0)),
        encoded(head(version=1)),
        encoded(head(version=255)),
        encoded(head(count=1)),
        encoded(head(count=65535)),
        encoded(head(count=2) + bytes(31)),
        encoded(head(count=MAX_FOLLOWED + 1) + bytes(16 * (MAX_FOLLOWED + 1))),
        encoded(head(moving=1) + bytes(DIGEST - 1)),
        encoded(head(moving=MAX_MOVING + 1) + bytes(DIGEST * (MAX_MOVING + 1))),
        encoded(head() + b"x"),
        encoded(head() + bytes(DIGEST - 1)),
        encoded(head() + bytes(DIGEST * (MAX_SEEN + 1))),
        encoded(head() + bytes(DIGEST * 100_000)),
    ],
    ids=range(23),
)
def test_invalid_text_is_no_cursor(text):
    assert Cursor.parse(text) is None


@pytest.mark.parametrize("newest", [0, 1, 2**31, 2**32 - 1])
def test_any_encodable_time_is_parsed(newest):
    cursor = Cursor.parse(encoded(head(newest=newest)))
    assert cursor.newest == datetime.fromtimestamp(newest, timezone.utc)
    assert cursor.since < cursor.newest


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_never_raise(seed):
    chance = random.Random(seed)
    for size in range(100):
        cursor = Cursor.parse(encoded(chance.randbytes(size)))
        assert cursor is None or cursor.newest


@pytest.mark.parametrize("seed", range(20))
def test_damaged_cursor_never_raises(seed):
    chance = random.Random(seed)
    text = LARGEST.encode()
    for _ in range(50):
        start, end = sorted(chance.choices(range(len(text)), k=2))
        cursor = Cursor.parse(text[:start] + text[end:])
        assert cursor is None or len(cursor.followed) <= MAX_FOLLOWED


def test_digest_names_the_whole_state():
    assert digest([1, "a"]) == digest([1, "a"])
    assert len(digest(["a"])) == DIGEST
    assert len({digest([1, "a"]), digest(["1", "a"]), digest([1, "b"]), digest([1]), digest([1, "a", None])}) == 5
