# SPDX-License-Identifier: Apache-2.0
"""Run a command that ends with its parent: tether.py PARENT COMMAND...

The kernel kills the command when the thread that started it ends, even after kill -9, and even if the command itself is
stopped by SIGSTOP.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

parent, *command = sys.argv[1:]
ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != int(parent):  # the parent ended before the line above
    sys.exit(1)
os.execv(command[0], command)
