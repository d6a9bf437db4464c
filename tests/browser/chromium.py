# SPDX-License-Identifier: Apache-2.0
"""Find a Chromium for the browser tests.  As a program, install the headless Chromium if the machine has none.

The headless Chromium has no window, and needs half the processor time of a Chromium with one. Playwright's own comes
first, then the distribution's. Where Playwright's cannot be fetched, root installs Debian's. Where neither can be
installed, a Chromium with a window runs the tests. Without any, the tests are skipped with a warning, but under CI=true
that is a failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator

from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

from devcloud.layout import CACHE
from devcloud.locks import waiting_lock

# A browser that sends no requests to other machines, and needs no rights that a container lacks.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-first-run",
    "--no-sandbox",
)
HEADLESS = "chromium-headless-shell"
WITH_WINDOW = ("chromium", "chromium-browser", "google-chrome")
INSTALLERS = (
    (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"),
    ("apt-get", "install", "--yes", "--quiet", HEADLESS),
)


class NoChromiumError(RuntimeError):
    """There is no Chromium that Playwright can drive."""


def _headless() -> Iterator[str | None]:
    yield None  # Playwright's own
    yield from filter(None, [shutil.which(HEADLESS)])


def _all() -> Iterator[str | None]:
    yield from _headless()
    yield from filter(None, map(shutil.which, WITH_WINDOW))


def launch(chromium: BrowserType) -> Browser:
    """Start the first Chromium that starts."""
    return _launch(chromium, _all())


def version() -> str:
    """Return the version of the Chromium that tests start."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        found = browser.version
        browser.close()
    return found


def _launch(chromium: BrowserType, candidates: Iterable[str | None]) -> Browser:
    reasons = []
    for path in candidates:
        try:
            return chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            reasons.append(f"{path or 'of Playwright'}: {error.message.splitlines()[0]}")
    raise NoChromiumError("no Chromium starts: " + "; ".join(reasons))


def required() -> bool:
    return os.environ.get("CI") == "true"


def _starts(candidates: Iterable[str | None]) -> bool:
    with sync_playwright() as playwright:
        try:
            _launch(playwright.chromium, candidates).close()
        except NoChromiumError as error:
            sys.stderr.write(f"{error}\n")
            return False
    return True


def _install(command: tuple[str, ...]) -> None:
    sys.stderr.write(f"Trying {' '.join(command)}\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    if command[0] == "apt-get":
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            return
        subprocess.run(["apt-get", "update", "--quiet"], check=False, env=environment, stdout=sys.stderr)
    subprocess.run(command, check=False, env=environment, stdout=sys.stderr)


def main() -> int:
    # Suites that run side by side may install at the same time.
    with waiting_lock(CACHE / "chromium.lock", lambda text: sys.stderr.write(f"{text}\n")):
        return _found_or_installed()


def _found_or_installed() -> int:
    if _starts(_headless()):
        return 0
    for command in INSTALLERS:
        _install(command)
        if _starts(_headless()):
            return 0
    if _starts(_all()):
        return 0
    sys.stderr.write("There is no Chromium: install one, or the browser tests cannot run.\n")
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
