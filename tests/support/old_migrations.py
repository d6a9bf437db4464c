# SPDX-License-Identifier: Apache-2.0
"""More past than anybody could wait for, put straight into Nova's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from devcloud import Cloud
from tests.support.nova_database import NovaRecords

# Older than anything that Nova did by itself.
LATEST = datetime(2020, 1, 1, tzinfo=timezone.utc)


@contextmanager
def older_migrations(cloud: Cloud, number: int) -> Iterator[list[str]]:
    """The UUIDs of so many more completed migrations, newest first; gone afterwards."""
    with NovaRecords(cloud) as records:
        yield records.add_past(number, LATEST)
