# SPDX-License-Identifier: Apache-2.0
"""The style sheet, compiled with Horizon's compiler."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from horizon import themes
from horizon.utils.scss_filter import ScssFilter

from migration_panel.enabled import _31000_migrations as enabled

FOLDER = Path(__file__).parents[2] / "static" / "migration_panel" / "scss"
ENTRY = FOLDER / "migration_panel.scss"
PARTIALS = sorted(path.stem.removeprefix("_") for path in FOLDER.glob("_*.scss"))
THEMES = [name for name, _label, _path in settings.AVAILABLE_THEMES]
CLASS = re.compile(r"\.migration-[\w-]+")
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
DECLARATION = re.compile(r"(?:^|;)(color|background):((?!inherit|none)[#\w]+)(?=;|$)")
MIN_CONTRAST = 4.5
# libsass shortens some colors to names.
NAMES = {"dimgray": "#696969", "white": "#ffffff", "black": "#000000"}

TEMPLATES = Path(__file__).parents[2] / "templates"
# The material theme maps names of icons to icons of another font, and shows a box for any other name.
MATERIAL_ICONS = Path(themes.__file__).parents[1] / "openstack_dashboard/themes/material/static/horizon/_icons.scss"


@pytest.fixture
def css(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the style sheet in the theme that the parameter names."""
    monkeypatch.setattr(themes._local, "theme", request.param, raising=False)
    return ScssFilter(ENTRY.read_text(), filename=str(ENTRY)).input()


def test_horizon_compiles_the_entry_file() -> None:
    assert [str(ENTRY.relative_to(FOLDER.parents[1]))] == enabled.ADD_SCSS_FILES


def test_entry_file_imports_each_partial_once() -> None:
    imported = re.findall(r'@import "/migration_panel/scss/(\w+)"', ENTRY.read_text())
    assert sorted(imported) == PARTIALS


@pytest.mark.parametrize("css", THEMES, indirect=True)
def test_compiled_style_sheet_contains_all_classes_of_each_partial(css: str) -> None:
    for partial in PARTIALS:
        classes = set(CLASS.findall((FOLDER / f"_{partial}.scss").read_text()))
        assert classes - set(CLASS.findall(css)) == set(), partial


@pytest.mark.parametrize("css", THEMES, indirect=True)
def test_text_has_enough_contrast_in_every_theme(css: str) -> None:
    """On the background of the same rule, or else on the darkest light background, of a selected row."""
    weak = {}
    for selector, body in RULE.findall(css):
        values = dict(DECLARATION.findall(body))
        if "color" in values and (found := contrast(values["color"], values.get("background", "#eee"))) < MIN_CONTRAST:
            weak[selector] = values["color"], found
    assert weak == {}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 of two colors, as libsass writes colors."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    digits = NAMES.get(color, color).removeprefix("#")
    pairs = [digits[at : at + 2] for at in (0, 2, 4)] if len(digits) == 6 else [digit * 2 for digit in digits]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(pair, 16) / 255 for pair in pairs)
    ]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_material_theme_has_each_icon() -> None:
    known = set(re.findall(r"^\s*([\w-]+): '", MATERIAL_ICONS.read_text(), re.M))
    used = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r"\bfa-([\w-]+)", path.read_text())}
    assert used
    assert used - known == set()
