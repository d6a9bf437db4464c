# SPDX-License-Identifier: Apache-2.0
"""Many past migrations, written directly into Nova's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from devcloud import Cloud
from tests.support.nova_database import NovaRecords

# Older than all migrations that Nova has made itself.
LATEST = datetime(2020, 1, 1, tzinfo=timezone.utc)


@contextmanager
def older_migrations(cloud: Cloud, number: int) -> Iterator[list[str]]:
    """Add completed migrations, and yield their UUIDs, newest first.  Remove them afterwards."""
    with NovaRecords(cloud) as records:
        yield records.add_past(number, LATEST)
