# SPDX-License-Identifier: Apache-2.0
"""Put Nova's records into any state, directly in the database of a cell of the embedded cloud.

Nova itself is not involved, so tests can make states that take weeks, a crash or an operator's mistake.  A running
nova-compute still writes its own values, for example `last_seen_up` every 5 s.  The end of the `with` block undoes all
changes in all cells, even in a cell that is down.

    with NovaRecords(cloud) as records:
        stuck = records.add_migration(server.id, status="running", age=timedelta(days=2))
        records.change_instance(server.id, task_state="migrating", power_state=0)
        records.change_service("compute-03", cell="cell2", forced_down=True)
        records.change_migration(stuck, status="error", updated_at=records.ago(hours=1))
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from types import TracebackType
from uuid import uuid4

from devcloud import Cloud
from devcloud.layout import CELLS, REGIONS

Value = str | int | bool | datetime | None
_AT_ONCE = timedelta(0)


class NovaRecords:
    """The records of one region. Keyword arguments without a description are columns of Nova's table."""

    def __init__(self, cloud: Cloud, region: str = REGIONS[0]) -> None:
        self._cloud = cloud
        self._region = region
        self._undo: list[tuple[str, str, list[dict[str, object]]]] = []  # cell, statement, values of each row

    def ago(self, **age: float) -> datetime:
        """Return a time in the past by Nova's clock: `ago(hours=1)`."""
        return datetime.now(timezone.utc) + timedelta(seconds=self._cloud.nova_clock) - timedelta(**age)

    def add_migration(
        self,
        instance: str,
        *,
        cell: str = CELLS[0],
        kind: str = "live-migration",
        status: str = "completed",
        source: str = "compute-01",
        destination: str | None = "compute-02",
        age: timedelta = _AT_ONCE,
        unchanged: timedelta | None = None,
        **columns: Value,
    ) -> str:
        """Add a migration and return its UUID.

        The instance may be deleted or unknown to Nova. `kind` is Nova's migration type, `age` the time since the
        creation of the record, `unchanged` the time since its last change, by default the same.
        """
        record = {
            "uuid": str(uuid4()),
            "instance_uuid": instance,
            "migration_type": kind,
            "status": status,
            "source_compute": source,
            "source_node": source,
            "dest_compute": destination,
            "dest_node": destination,
            "created_at": self.ago() - age,
            "updated_at": self.ago() - (age if unchanged is None else unchanged),
            "deleted": 0,
            "hidden": 0,
            "cross_cell_move": 0,
        }
        instances = self._rows("SELECT * FROM instances WHERE uuid = :uuid", cell, uuid=instance)
        for row in instances:
            flavor = row["instance_type_id"]
            record |= {"old_instance_type_id": flavor, "new_instance_type_id": flavor}
            record |= {"user_id": row["user_id"], "project_id": row["project_id"]}
        self._insert("migrations", cell, [record | columns])
        return record["uuid"]

    def add_past(self, number: int, latest: datetime, cell: str = CELLS[0]) -> list[str]:
        """Add completed migrations as copies of a real migration, with one minute between them, up to a time.

        Return their UUIDs, newest first.
        """
        row = dict(self._rows("SELECT * FROM migrations WHERE status = 'completed' LIMIT 1", cell)[0])
        del row["id"]
        moments = [latest - timedelta(minutes=minutes) for minutes in range(number)]
        rows = [row | {"uuid": str(uuid4()), "created_at": moment, "updated_at": moment} for moment in moments]
        self._insert("migrations", cell, rows)
        return [row["uuid"] for row in rows]

    def change_migration(self, uuid: str, *, cell: str = CELLS[0], **columns: Value) -> None:
        self._update("migrations", {"uuid": uuid}, cell, columns)

    def change_instance(self, uuid: str, *, cell: str = CELLS[0], **columns: Value) -> None:
        """Change `host`, `node`, `task_state`, `vm_state`, `power_state` or any other column."""
        self._update("instances", {"uuid": uuid}, cell, columns)

    def change_service(
        self, host: str, *, cell: str = CELLS[0], binary: str = "nova-compute", **columns: Value
    ) -> None:
        """Change `forced_down`, `disabled`, `disabled_reason`, `last_seen_up` or any other column."""
        self._update("services", {"host": host, "binary": binary}, cell, columns)

    def undo(self) -> None:
        """Undo all changes, the latest first."""
        while self._undo:
            cell, statement, values = self._undo.pop()
            with self._open(cell) as database:
                database.executemany(statement, values)

    def __enter__(self) -> NovaRecords:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()

    def _open(self, cell: str) -> AbstractContextManager[sqlite3.Connection]:
        return self._cloud.nova_database(cell, self._region)

    def _rows(self, query: str, cell: str, **values: object) -> list[sqlite3.Row]:
        with self._open(cell) as database:
            database.row_factory = sqlite3.Row
            return database.execute(query, values).fetchall()

    def _insert(self, table: str, cell: str, rows: Sequence[Mapping[str, Value]]) -> None:
        names = ", ".join(rows[0])
        places = ", ".join(f":{name}" for name in rows[0])
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - names of columns
        with self._open(cell) as database:
            database.executemany(statement, map(_to_columns, rows))
        self._undo.append((cell, f"DELETE FROM {table} WHERE uuid = :uuid", [{"uuid": row["uuid"]} for row in rows]))  # noqa: S608

    def _update(self, table: str, keys: Mapping[str, str], cell: str, columns: Mapping[str, Value]) -> None:
        """Change the only row with these keys; raise LookupError if the row does not exist."""
        where = _assignments(keys, " AND ")
        names = ", ".join(columns)
        before = self._rows(f"SELECT id, {names} FROM {table} WHERE {where}", cell, **keys)  # noqa: S608
        if len(before) != 1:
            raise LookupError(f"{len(before)} rows of {table} in {cell} are {dict(keys)}")
        statement = f"UPDATE {table} SET {_assignments(columns, ', ')} WHERE id = :id"  # noqa: S608
        self._undo.append((cell, statement, [dict(before[0])]))
        with self._open(cell) as database:
            database.execute(statement, _to_columns(columns) | {"id": before[0]["id"]})


def _assignments(names: Iterable[str], between: str) -> str:
    return between.join(f"{name} = :{name}" for name in names)


def _to_columns(row: Mapping[str, Value]) -> dict[str, object]:
    """Return the values in the format of Nova's columns."""
    return {
        name: value.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
        for name, value in row.items()
    }
