# SPDX-License-Identifier: Apache-2.0
"""The address of the message bus of a cell that runs in a process of its own."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path


def address(state: Path, process: str) -> str:
    """Return a Unix socket of Linux's abstract namespace: a path below a state folder may be too long for a socket."""
    return "\0devcloud-" + hashlib.sha256(str(state / process).encode()).hexdigest()[:32]


def answers(state: Path, process: str) -> bool:
    """Return whether the process listens, which it does once all its compute hosts have started."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address(state, process))
        except OSError:
            return False
        return True
