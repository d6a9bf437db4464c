# SPDX-License-Identifier: Apache-2.0
"""Horizon's worker processes, which a test may end as a crash would."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from requests.exceptions import RequestException


@dataclass(frozen=True)
class Workers:
    """Those of the gunicorn whose process the file names; it starts others for them."""

    pid_file: Path
    url: str

    def pids(self) -> list[int]:
        master = int(self.pid_file.read_text())
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [int(child) for child in children]

    def kill(self) -> list[int]:
        """All at once, so that it is certain to meet the one that has the request."""
        killed = self.pids()
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return killed

    def answer(self) -> bool:
        """Whether there are such again: they take some seconds to load Horizon."""
        with suppress(RequestException):
            return requests.get(f"{self.url}/auth/login/", timeout=60).ok
        return False
