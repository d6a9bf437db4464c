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
