# SPDX-License-Identifier: Apache-2.0
"""Workers as in production: several workers with several threads share the sessions."""

import ctypes
import os
import signal
from typing import Any

PR_SET_PDEATHSIG = 1

wsgi_app = "devcloud.dashboard.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 8
control_socket_disable = True  # it would be in the home folder, and all demos would share it


def post_fork(server: Any, worker: Any) -> None:
    """Set that the kernel ends the worker with its master, even if the master is killed."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server.pid:
        os._exit(1)
