# SPDX-License-Identifier: Apache-2.0
"""python -m devcloud.starts 20 --held-back 5: run `make demo` many times and report each start.

Each start gets free ports and a state folder of its own, which is kept if the start fails. With `--held-back 5`,
Keystone starts 10 seconds late in five of the starts, as on a machine that reads its files from a slow disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from devcloud.layout import PROJECT, SERVICES, Ports

_TO_END = 60  # s, for a demo to end after SIGTERM

say = partial(print, flush=True)


@dataclass(frozen=True)
class Result:
    """How one start ended: the `Ready:` line, or what the demo printed instead."""

    ready: bool
    text: str
    seconds: float


def held_back(number: int, count: int, held: int) -> bool:
    """Return whether Keystone is held back in a start, counted from 0: `held` of `count`, evenly spread."""
    return (number + 1) * held // count > number * held // count


def start_once(command: Sequence[str], state: Path, keystone_delay: float) -> Result:
    """Run the command until it prints `Ready:` or ends, then stop it."""
    ports = Ports.free((*SERVICES, "demo")).numbers
    environment = os.environ | {
        "CLOUD_PORT": str(ports[SERVICES[0]]),
        "DEMO_PORT": str(ports["demo"]),
        "DEMO_STATE": str(state),
        "KEYSTONE_DELAY": str(keystone_delay),
        "KEYSTONE_URL": "",
    }
    began, lines = time.monotonic(), []
    with _running(command, environment) as output:
        for line in output:
            lines.append(line)
            if line.startswith("Ready:"):
                return Result(True, line, time.monotonic() - began)
    return Result(False, "".join(lines), time.monotonic() - began)


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[IO[str]]:
    """Yield the output of a command, and end the command and what it started."""
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # make and the demo get one signal
    ) as process:
        assert process.stdout
        try:
            yield process.stdout
        finally:
            with suppress(ProcessLookupError):  # the process ended by itself
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(_TO_END)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devcloud.starts", description=__doc__)
    parser.add_argument("count", type=int, help="number of starts")
    parser.add_argument("--held-back", type=int, default=0, metavar="N", help="starts with a late Keystone (0)")
    parser.add_argument("--seconds", type=float, default=10, help="that Keystone is late in these (%(default)s)")
    parser.add_argument("--without-make", action="store_true", help="run devcloud.demo with the Python of this command")
    options = parser.parse_args()
    command = [sys.executable, "-m", "devcloud.demo"] if options.without_make else ["make", "--silent", "demo"]
    failures = 0
    for number in range(options.count):
        delay = options.seconds if held_back(number, options.count, options.held_back) else 0
        state = Path(tempfile.mkdtemp(prefix="devcloud-start-"))
        result = start_once(command, state, delay)
        late = f", Keystone {delay:g} s late" if delay else ""
        say(f"start {number + 1} of {options.count}{late}, after {result.seconds:.1f} s: {result.text.strip()}")
        if result.ready:
            shutil.rmtree(state, ignore_errors=True)  # Horizon's workers may still be ending
        else:
            failures += 1
            say(f"The logs are in {state}")
    say(f"{options.count - failures} of {options.count} starts: Ready")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
