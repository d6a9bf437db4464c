# SPDX-License-Identifier: Apache-2.0
"""More past than anybody could wait for, put straight into Nova's database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from uuid import uuid4

from devcloud import Cloud

# Older than anything that Nova did by itself.
LATEST = datetime(2020, 1, 1, tzinfo=timezone.utc)


@contextmanager
def older_migrations(cloud: Cloud, number: int) -> Iterator[list[str]]:
    """The UUIDs of so many more completed migrations, newest first; gone afterwards."""
    try:
        yield _added(cloud, number)
    finally:
        with cloud.nova_database() as database:
            database.execute("DELETE FROM migrations WHERE created_at <= ?", (_written(LATEST),))


def _added(cloud: Cloud, number: int) -> list[str]:
    uuids = [str(uuid4()) for _ in range(number)]
    moments = [_written(LATEST - timedelta(minutes=minutes)) for minutes in range(number)]
    with cloud.nova_database() as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM migrations WHERE status = 'completed' LIMIT 1").fetchone())
        del row["id"]
        rows = [
            row | {"uuid": uuid, "created_at": moment, "updated_at": moment}
            for uuid, moment in zip(uuids, moments, strict=True)
        ]
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        database.executemany(f"INSERT INTO migrations ({names}) VALUES ({values})", rows)  # noqa: S608 - its own names
    return uuids


def _written(moment: datetime) -> str:
    """As Nova's columns have it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
