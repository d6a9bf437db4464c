# SPDX-License-Identifier: Apache-2.0
"""The fixtures of tests/browser, with a demo of their own: both suites run at the same time."""

from tests.browser.conftest import (
    boot,
    browser,
    demo,
    horizon,
    new_context,
    nova_as,
    page_as,
    pytest_runtest_makereport,
    sessions,
    wardrobe,
)

__all__ = [
    "boot",
    "browser",
    "demo",
    "horizon",
    "new_context",
    "nova_as",
    "page_as",
    "pytest_runtest_makereport",
    "sessions",
    "wardrobe",
]
