# SPDX-License-Identifier: Apache-2.0
"""axe-core in a page: every rule, except the rules below, on the content that the panel is responsible for."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

# Contains one release of axe-core.
PACKAGE = "axe_playwright_python"
EXCLUDED = {
    "color-contrast-enhanced": "7 : 1 is of level AAA; the panel has 4.5 : 1, of level AA.",
    "region": "Horizon's frame has no landmark for the content of a page.",
}
# What a theme can change.
COLORS = ("color-contrast", "link-in-text-block")

RUN = """async ([content, only, excluded]) => {
    const all = axe.getRules().map(({ ruleId }) => ruleId).filter(rule => !(rule in excluded));
    const rules = only.length ? only : all;
    const { violations } = await axe.run(content, {
        runOnly: { type: "rule", values: rules },
        resultTypes: ["violations"],
        preload: false,
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, target, failureSummary }) => (
        { rule: id, target: target.join(" "), html: html.slice(0, 300), summary: failureSummary }
    )));
}"""


def load_axe(page: Page) -> None:
    page.evaluate((files(PACKAGE) / "axe.min.js").read_text(encoding="utf-8"))


def violations(page: Page, content: str, only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the violations within the elements that match ``content``, of all rules or only of some."""
    return page.evaluate(RUN, [content, list(only), EXCLUDED])
