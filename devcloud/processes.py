# SPDX-License-Identifier: Apache-2.0
"""Child processes that end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devcloud.layout import CloudError

_TETHER = Path(__file__).with_name("tether.py")


def _tethered(command: Sequence[object]) -> list[str]:
    return [sys.executable, "-S", str(_TETHER), str(os.getpid()), *map(str, command)]


def run(command: Sequence[object], log: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command until it ends.  Its output matters only if it fails."""
    with log.open("ab") as output:
        done = subprocess.run(
            _tethered(command), env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise CloudError(f"{' '.join(map(str, command))} failed:\n{tail(log)}")


def tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _reason(status: int) -> str:
    if status == -signal.SIGKILL:
        return "killed by signal 9, which Linux also sends when memory runs out"
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


class Children:
    """The services' processes, by name, with pid and log files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # The kernel ties a child to the thread that started it, so that thread has to last.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devcloud-spawner")

    def start(self, name: str, command: Sequence[object], env: Mapping[str, str]) -> None:
        self._spawner.submit(self._spawn, name, command, env).result()

    def _spawn(self, name: str, command: Sequence[object], env: Mapping[str, str]) -> None:
        with self.log(name).open("ab") as output:
            child = subprocess.Popen(
                _tethered(command),
                env=env,
                stdin=subprocess.PIPE,  # its end shows the child that this process has ended
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for this process only
            )
        self._running[name] = child
        self.pid_file(name).write_text(f"{child.pid}\n")

    def pid_file(self, name: str) -> Path:
        return self._folder / f"{name}.pid"

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def is_known(self, name: str) -> bool:
        """Return whether the process was started and not killed since."""
        return name in self._running

    def require_running(self, name: str) -> None:
        status = self._running[name].poll()
        if status is not None:
            raise CloudError(f"{name} ended by itself ({_reason(status)}).\n{self.end_of_log(name)}")

    def require_all_running(self) -> None:
        """Raise a CloudError that names the first process that ended by itself."""
        for name in list(self._running):
            self.require_running(name)

    def end_of_log(self, name: str) -> str:
        """Return the last lines of a process's log, under its path, and what to do about a failure."""
        log = self.log(name)
        return f"The end of its log, {log}:\n{tail(log)}\nRemove the cause that the log shows, then start again."

    def kill(self, name: str) -> None:
        """Kill a process at once: its state is temporary, or in SQLite, which survives a kill."""
        child = self._running.pop(name)
        child.kill()
        child.wait()
        assert child.stdin
        child.stdin.close()
        self.pid_file(name).unlink(missing_ok=True)

    def kill_all(self) -> None:
        """Kill all processes, also one that another thread is starting, and start none from now on.

        They end with the thread to which they are tied.
        """
        self._spawner.shutdown()
        for name in list(self._running):
            self.kill(name)
