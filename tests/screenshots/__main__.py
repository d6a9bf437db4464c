# SPDX-License-Identifier: Apache-2.0
"""python -m tests.screenshots [SCENE ...]: every page and state, at four widths and in both themes.

Writes ``build/screenshots/SCENE-THEME-WIDTH.png``, and the pictures in ``doc/images``.
Starts an embedded cloud with the demo's data, and Horizon behind relays, which let Nova fail for some scenes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, StorageState, expect, sync_playwright

from benchmarks.stage import Stage, stage
from devcloud.layout import ADDRESS, PROJECT
from tests.browser import chromium
from tests.screenshots.staged import STAGED
from tests.support.browser_steps import PAGE_TIMEOUT, log_in
from tests.support.looks import THEMES
from tests.support.scenes import BOARDS, SCENES, SCENES_OF_A_NEW_DEMO, Ids, Scene

FOLDER = PROJECT / "build" / "screenshots"
IMAGES = PROJECT / "doc" / "images"
WIDTHS = (390, 768, 1300, 2560)
HEIGHT = 900
# The pictures of the documentation: scene, theme and width.
DOCUMENTED = {
    "board.png": ("board-in-progress", "default", 1300),
    "form.png": ("form-live-block", "default", 1300),
    "hosts.png": ("hosts", "default", 1300),
}

say = partial(print, flush=True)


class Photographer:
    """Browsers of each user and theme, which stay open."""

    def __init__(self, browser: Browser, url: str, ids: Ids) -> None:
        self._browser, self._url, self._ids = browser, url, ids
        self._pages: dict[tuple[str, str], Page] = {}

    def page(self, user: str, theme: str) -> Page:
        if (user, theme) not in self._pages:
            context = self._open(self._session(user))
            context.add_cookies([{"name": "theme", "value": theme, "domain": ADDRESS, "path": "/"}])
            self._pages[user, theme] = context.new_page()
        return self._pages[user, theme]

    def _session(self, user: str) -> StorageState:
        """Return the session of a page that is open, or log in."""
        for (known, _theme), page in self._pages.items():
            if known == user:
                return page.context.storage_state()
        with self._open() as context:
            log_in(context.new_page(), user, BOARDS.get(user, "/project/instances/"))
            return context.storage_state()

    def _open(self, session: StorageState | None = None) -> BrowserContext:
        context = self._browser.new_context(base_url=self._url, storage_state=session)
        context.set_default_timeout(2 * PAGE_TIMEOUT)
        return context

    def take(self, scene: Scene) -> list[str]:
        """Write the pictures of a scene, and return what went wrong."""
        problems = []
        for theme in THEMES:
            page = self.page(scene.user, theme)
            page.set_viewport_size({"width": max(WIDTHS), "height": HEIGHT})
            try:
                scene.open(page, self._ids)
            except (AssertionError, Error) as error:
                problems.append(f"{scene.name}, {theme}: {str(error).splitlines()[0]}")
            # If the scene does not appear, its picture shows what is wrong.
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.screenshot(path=picture(scene.name, theme, width), full_page=True, animations="disabled")
        return problems


def picture(scene: str, theme: str, width: int) -> Path:
    return FOLDER / f"{scene}-{theme}-{width}.png"


def document(photographer: Photographer, scene: Scene) -> None:
    """Write the picture of the documentation, if it has one of the scene: the first screen, as a reader has it."""
    for name, (documented, theme, width) in DOCUMENTED.items():
        if documented == scene.name:
            page = photographer.page(scene.user, theme)
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.screenshot(path=IMAGES / name, animations="disabled")


@contextmanager
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PAGE_TIMEOUT)
    with sync_playwright() as playwright:
        started = chromium.launch(playwright.chromium)
        yield started
        started.close()


def chosen(names: list[str], stage: Stage) -> Iterator[Scene]:
    """Yield the scenes of the demo's data, then the scenes that need a preparation."""
    yield from (scene for scene in SCENES + SCENES_OF_A_NEW_DEMO if not names or scene.name in names)
    prepared = set()
    for staged in STAGED:
        if names and staged.scene.name not in names:
            continue
        if staged.prepare and staged.prepare not in prepared:
            staged.prepare(stage)
            prepared.add(staged.prepare)
        with staged.on(stage) as scene:
            yield scene


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help="only these scenes")
    names = parser.parse_args().scenes
    FOLDER.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with stage(report=say) as on, browser() as started:
        ids = Ids(on.nova())
        photographer = Photographer(started, on.horizon.url, ids)
        for scene in chosen(names, on):
            ids.forget()
            found = photographer.take(scene)
            say(f"  {scene.name}" + (" FAILED" if found else ""))
            problems += found
            if not found:
                document(photographer, scene)
    for problem in problems:
        say(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
