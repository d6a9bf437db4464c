# SPDX-License-Identifier: Apache-2.0
"""Horizon's clock, in one place, so that tests can set it."""

from datetime import datetime, timezone


def now() -> datetime:
    """Return the current time in UTC.  Nova's clock may differ from it by a minute."""
    return datetime.now(timezone.utc)
