# SPDX-License-Identifier: Apache-2.0
"""Folders that are made once and kept in the cache, by a digest of what they are made from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from devcloud.layout import CACHE
from devcloud.locks import Report, waiting_lock


def made_once(kind: str, digest: str, report: Report, text: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache.  If it does not exist, move `data` there, which `make` fills in a state folder.

    ``text`` is reported before the folder is made.
    """
    folder = CACHE / f"{kind}-{digest}"
    with waiting_lock(CACHE / f"{kind}-{digest}.lock", report):
        if not folder.exists():
            report(text)
            state = CACHE / f"making-{kind}-{digest}"  # stays with its logs if this fails
            shutil.rmtree(state, ignore_errors=True)
            make(state)
            (state / "data").rename(folder)
            shutil.rmtree(state)
    return folder
