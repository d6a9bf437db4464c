# SPDX-License-Identifier: Apache-2.0
"""Rules for the look of the panel's pages, for any theme and width."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, expect

from devcloud.layout import ADDRESS
from tests.support.axe import COLORS, load_axe, violations
from tests.support.browser_steps import BOARD

THEMES = ("default", "material")
WIDTHS = (1300, 390)
HEIGHT = 844
OURS = '[class^="migration-"], form[data-migration-form]'

# Both consider visible elements only: elements for screen readers are a pixel wide on purpose.
OVERFLOWING = """ours => {
    const all = ours.flatMap(one => [...one.querySelectorAll("*")]).filter(one => one.checkVisibility());
    // An open dialog lies above the page, not in its parent.
    const end = one => (one.matches("dialog") ? innerWidth : one.parentElement.getBoundingClientRect().right);
    const wider = one => one.getBoundingClientRect().right > end(one) + 1;
    // The label of a button, which may be longer in another theme or language.
    const spills = one => one.matches(".btn") && one.scrollWidth > one.clientWidth + 1;
    return [...new Set(all)]
        .filter(one => !one.closest(".sr-only, option") && (wider(one) || spills(one)))
        .map(one => one.outerHTML.slice(0, 200));
}"""
INLINE = """ours => {
    const all = ours.flatMap(one => [one, ...one.querySelectorAll("*")]);
    const inline = one => [...one.attributes].some(({ name }) => name === "style" || name.startsWith("on"));
    return [...new Set(all)]
        .filter(one => one.matches("script:not([src]), style") || inline(one))
        .map(one => one.outerHTML.slice(0, 200));
}"""
# Each control of the panel shows that it has the focus, by an outline of at least two pixels.  A key must be pressed
# before, since browsers show no focus after a click.
WITHOUT_FOCUS = """ours => {
    const controls = "a[href], button, input:not([type=hidden]), select, summary, textarea, [tabindex='0']";
    const all = ours.flatMap(one => [...one.querySelectorAll(controls)]);
    const seen = one => {
        one.focus({ preventScroll: true });
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return one !== document.activeElement || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
    };
    return [...new Set(all)]
        .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !seen(one))
        .map(one => one.outerHTML.slice(0, 200));
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
STYLES = "links => links.map(link => link.href)"
# Where a color or a width changes slowly, rules would see a value in between.
PUT_ON = """async styles => {
    const old = [...document.querySelectorAll("link[rel=stylesheet]")];
    const isOn = old.length === styles.length && old.every((link, index) => link.href === styles[index]);
    const loaded = (isOn ? [] : styles).map(href => new Promise((resolve, reject) => {
        const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
        link.onload = resolve;
        link.onerror = () => reject(new Error(`no style sheet at ${href}`));
        document.head.append(link);
    }));
    const atOnce = document.createElement("style");
    atOnce.dataset.atOnce = "";
    atOnce.textContent = "*, ::before, ::after { animation: none !important; transition: none !important; }";
    document.head.append(atOnce);
    await Promise.all(loaded);
    if (!isOn) old.forEach(link => link.remove());
    await document.fonts.ready;
}"""


# Fonts that the page uses, and that could not be loaded: it shows boxes in place of icons.
MISSING_FONTS = """async () => {
    await document.fonts.ready;
    return [...document.fonts].filter(font => font.status === "error").map(font => font.family);
}"""


@dataclass(frozen=True)
class Wardrobe:
    """The style sheets of each theme, which a page can change without a reload."""

    styles: dict[str, list[str]]

    @classmethod
    def collect(cls, browser: Browser, url: str, session: StorageState) -> "Wardrobe":
        """Read the addresses of the style sheets from a page in each theme."""
        styles = {}
        for theme in THEMES:
            context = browser.new_context(base_url=url, storage_state=session)
            context.add_cookies([{"name": "theme", "value": theme, "domain": ADDRESS, "path": "/"}])
            page = context.new_page()
            page.goto(f"{BOARD}history/")
            # Horizon's own list of themes shows which theme is active.
            expect(page.locator(f'[data-theme="{theme}"].dropdown-selected')).to_have_count(1)
            styles[theme] = page.locator("link[rel=stylesheet]").evaluate_all(STYLES)
            context.close()
        assert styles["default"] != styles["material"]
        return cls(styles)

    def put_on(self, page: Page, theme: str) -> None:
        page.evaluate(PUT_ON, self.styles[theme])


def faults(page: Page, wardrobe: Wardrobe, content: str) -> dict[str, list[Any]]:
    """Return the faults of a page by the rule that finds them, in all themes and widths.

    All rules of axe check the first theme.  The others may differ in colors.  The page ends in the last theme, and with
    the focus elsewhere.
    """
    load_axe(page)
    found = {"markup": page.locator(OURS).evaluate_all(INLINE)}
    for theme in THEMES:
        wardrobe.put_on(page, theme)
        for width in reversed(WIDTHS):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            found[f"layout: {theme}, {width} px"] = _layout_faults(page)
        found[f"fonts: {theme}"] = page.evaluate(MISSING_FONTS)
        found[f"axe: {theme}"] = violations(page, content, () if theme == THEMES[0] else COLORS)
    page.keyboard.press("Tab")
    found["focus"] = page.locator(OURS).evaluate_all(WITHOUT_FOCUS)
    return {rule: elements for rule, elements in found.items() if elements}


def _layout_faults(page: Page) -> list[Any]:
    sideways = page.evaluate(SIDEWAYS)
    return page.locator(OURS).evaluate_all(OVERFLOWING) + ([f"{sideways} px too wide"] if sideways > 0 else [])
