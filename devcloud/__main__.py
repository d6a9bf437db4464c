# SPDX-License-Identifier: Apache-2.0
"""python -m devcloud up: run a cloud until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from threading import Event

from devcloud import Cloud, CloudError
from devcloud.layout import DATA, PROJECT
from devcloud.signals import run_until_signal

say = partial(print, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devcloud", description=__doc__)
    up = parser.add_subparsers(dest="verb", required=True).add_parser("up", help="run a cloud in the foreground")
    up.add_argument("--port", type=int, default=15000, help="first of five or seven ports (default: %(default)s)")
    up.add_argument("--state", type=Path, default=PROJECT / ".demo" / "cloud", help="folder, recreated at each start")
    up.add_argument("--computes", type=int, default=6, help="number of compute hosts (default: %(default)s)")
    up.add_argument("--data", choices=DATA, default="demo", help="records at the start (default: %(default)s)")
    up.add_argument("--live-migrations", type=int, default=1, help="at once per source host (default: %(default)s)")
    up.add_argument("--cells", type=int, default=1, help="cells of the first region, 1 or 2 (default: %(default)s)")
    up.add_argument("--regions", type=int, default=1, help="1, or 2 on seven ports (default: %(default)s)")
    up.add_argument("--nova-clock", type=float, default=0, help="seconds that Nova's clock is ahead, may be negative")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    began = time.monotonic()
    try:
        cloud = Cloud(
            options.port,
            options.state,
            options.computes,
            options.data,
            options.live_migrations,
            report=say,
            cells=options.cells,
            regions=options.regions,
            nova_clock=options.nova_clock,
        )
    except CloudError as error:
        sys.exit(f"devcloud: {error}")

    def work() -> None:
        cloud.start()
        say(f"Ready: {cloud.auth_url} after {time.monotonic() - began:.0f} s (admin/secret in project admin)")
        Event().wait()

    run_until_signal("devcloud", work, [cloud.stop])


if __name__ == "__main__":
    main()
