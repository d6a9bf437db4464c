# SPDX-License-Identifier: Apache-2.0
"""Horizon's clock, in a module of its own, so that tests can set it."""

from datetime import datetime, timezone

# Every time zone can express a time in these years.
YEARS = range(1970, 3000)


def now() -> datetime:
    """Return the current time in UTC.  Nova's clock may differ from it by a minute."""
    return datetime.now(timezone.utc)
