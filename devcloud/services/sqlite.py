# SPDX-License-Identifier: Apache-2.0
"""Make SQLite bear several threads."""

from collections import defaultdict
from threading import Lock
from types import SimpleNamespace

from oslo_db.sqlalchemy import engines
from sqlalchemy import event, pool
from sqlalchemy.engine import Engine

# Longest wait for a database that others are writing to, s.
PATIENCE = 60
TURN = "turn"

# Connections that stay open, for each database. More are made when they are needed.
KEPT = 16

# By the database's file.
_turns: defaultdict[str, Lock] = defaultdict(Lock)


def wait_for_locks() -> None:
    """Wait for a database that another process or thread is writing to."""

    @event.listens_for(Engine, "do_connect")
    def patient(dialect, record, args, params):
        if dialect.name == "sqlite":
            params["timeout"] = PATIENCE


def keep_connections() -> None:
    """Pool them: oslo.db opens and closes the file for each transaction, a third of what migrations cost Nova."""
    engines.pool = SimpleNamespace(**vars(pool) | {"NullPool": _Kept})


class _Kept(pool.QueuePool):
    def __init__(self, creator, **more):
        # A file does not drop its connections, which oslo.db would test before each use.
        super().__init__(creator, pool_size=KEPT, max_overflow=-1, **more | {"pre_ping": False})


def lock_at_begin() -> None:
    """Take the write lock at BEGIN, and within this process one thread after another.

    oslo.db's deferred BEGIN asks for it half-way, and then SQLite answers "database is locked" at once instead of
    waiting. It waits by looking again and again, in no order, which hundreds of threads cannot do side by side.
    """

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def immediate(conn, cursor, statement, parameters, context, executemany):
        if conn.dialect.name == "sqlite" and statement == "BEGIN":
            _take(conn.info, _turns[str(conn.engine.url.database)])
            statement = "BEGIN IMMEDIATE"
        return statement, parameters

    @event.listens_for(Engine, "commit")
    @event.listens_for(Engine, "rollback")
    def over(conn):
        _leave(conn.info)

    @event.listens_for(pool.Pool, "reset")
    def handed_back(connection, record, state):
        _leave(record.info)


def _take(info: dict, turn: Lock) -> None:
    """Without a turn after all that time, SQLite itself says what is wrong."""
    if TURN not in info and turn.acquire(timeout=PATIENCE):
        info[TURN] = turn


def _leave(info: dict) -> None:
    if turn := info.pop(TURN, None):
        turn.release()
