# SPDX-License-Identifier: Apache-2.0
"""Make SQLite bear several threads."""

from sqlalchemy import event
from sqlalchemy.engine import Engine


def wait_for_locks() -> None:
    """Wait for a database that another thread is writing to."""

    @event.listens_for(Engine, "do_connect")
    def patient(dialect, record, args, params):
        if dialect.name == "sqlite":
            params["timeout"] = 60


def lock_at_begin() -> None:
    """Take the write lock at BEGIN.

    oslo.db's deferred BEGIN asks for it half-way, and then SQLite answers
    "database is locked" at once instead of waiting.
    """

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def immediate(conn, cursor, statement, parameters, context, executemany):
        if conn.dialect.name == "sqlite" and statement == "BEGIN":
            statement = "BEGIN IMMEDIATE"
        return statement, parameters
