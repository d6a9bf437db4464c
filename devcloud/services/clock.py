# SPDX-License-Identifier: Apache-2.0
"""Run a process with a wrong clock."""

import datetime
import time


def shift(seconds: float) -> None:
    """Move the clock of this process, before anything else is imported.

    It moves the clocks that OpenStack reads: time.time(), which is also behind waitress's Date header and the log, and
    oslo_utils.timeutils, which dates every record of Nova. datetime.datetime.now() itself stays right.
    """
    true_time = time.time
    time.time = lambda: true_time() + seconds

    from oslo_utils import timeutils

    true_now = timeutils.utcnow
    ahead = datetime.timedelta(seconds=seconds)
    timeutils.utcnow = lambda with_timezone=False: true_now(with_timezone) + ahead
