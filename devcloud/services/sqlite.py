# SPDX-License-Identifier: Apache-2.0
"""Make SQLite work with several threads."""

from collections import defaultdict
from threading import Lock
from types import SimpleNamespace

from oslo_db.sqlalchemy import engines
from sqlalchemy import event, pool
from sqlalchemy.engine import Engine

# Longest wait for a database to which others write, s.
PATIENCE = 60
TURN = "turn"

# Number of connections that stay open, for each database. More are opened when they are needed.
KEPT = 16

# By the file of the database.
_turns: defaultdict[str, Lock] = defaultdict(Lock)


def wait_for_locks() -> None:
    """Wait for a database to which another process or thread writes."""

    @event.listens_for(Engine, "do_connect")
    def patient(dialect, record, args, params):
        if dialect.name == "sqlite":
            params["timeout"] = PATIENCE


def keep_connections() -> None:
    """Pool the connections.

    oslo.db opens and closes the file for each transaction, which costs a third of Nova's time for migrations.
    """
    engines.pool = SimpleNamespace(**vars(pool) | {"NullPool": _Kept})


class _Kept(pool.QueuePool):
    def __init__(self, creator, **more):
        # A file does not drop its connections, but oslo.db would test each connection before its use.
        super().__init__(creator, pool_size=KEPT, max_overflow=-1, **more | {"pre_ping": False})


def lock_at_begin() -> None:
    """Take the write lock at BEGIN, and within this process one thread after another.

    oslo.db's deferred BEGIN requests the lock later, and then SQLite answers "database is locked" at once instead of
    waiting. SQLite waits by polling, in no order, which does not work for hundreds of threads.
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
    """Wait for the turn.  After the longest wait, SQLite itself reports the error."""
    if TURN not in info and turn.acquire(timeout=PATIENCE):
        info[TURN] = turn


def _leave(info: dict) -> None:
    if turn := info.pop(TURN, None):
        turn.release()
