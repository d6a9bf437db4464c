# SPDX-License-Identifier: Apache-2.0
"""Wait for other services before the work that needs them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from devcloud.rest import answers

_STEP = 0.1  # seconds between two requests


def wait_for(urls: Iterable[str]) -> None:
    """Return when every URL answers.

    There is no limit: the process that started this process has a limit, and ends it.
    """
    for url in urls:
        if answers(url):
            continue
        sys.stderr.write(f"Waiting until {url} answers\n")
        sys.stderr.flush()
        while not answers(url):
            time.sleep(_STEP)
