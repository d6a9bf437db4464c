# SPDX-License-Identifier: Apache-2.0
"""Rows of the board, as tests build them."""

from typing import Any

from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.cursor import Cursor
from migration_panel.board.first_page import FirstPage
from migration_panel.board.lists import Query
from migration_panel.board.poll import BoardPoll, Feed
from migration_panel.board.rows import Row, RowContext


def row_of(migration: Migration, instance: InstanceSummary, **context: Any) -> Row:
    """Return a row; ``context``: fields of RowContext."""
    return Row.of(migration, instance, RowContext(**context))


async def read_feed(nova: Nova, query: Query, cursor: Cursor | None = None, *, figures: bool = True) -> Feed:
    """Return what a poll with this cursor returns; without a cursor, the first page, ``figures`` or not."""
    poll = BoardPoll(nova, query, cursor) if cursor else FirstPage(nova, query, complete=figures)
    return await poll.run()
