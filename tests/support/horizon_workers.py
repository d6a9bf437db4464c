# SPDX-License-Identifier: Apache-2.0
"""Horizon's worker processes, which a test can kill."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from requests.exceptions import RequestException


@dataclass(frozen=True)
class Workers:
    """The workers of a gunicorn.  ``pid_file`` names its main process, which replaces killed workers."""

    pid_file: Path
    url: str

    def pids(self) -> list[int]:
        main = int(self.pid_file.read_text())
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [int(child) for child in children]

    def kill(self) -> list[int]:
        """Kill all workers, because any of them may have the request; return their process IDs."""
        killed = self.pids()
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return killed

    def answer(self) -> bool:
        """Return whether new workers answer: they take some seconds to load Horizon."""
        with suppress(RequestException):
            return requests.get(f"{self.url}/auth/login/", timeout=60).ok
        return False
