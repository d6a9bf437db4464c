# SPDX-License-Identifier: Apache-2.0
"""Horizon's scripts and styles are compressed again when a file changes from which they are made."""

from pathlib import Path

import pytest

from devcloud.dashboard import assets


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which the assets are made."""
    monkeypatch.setattr(assets, "PROJECT", tmp_path)
    folder = tmp_path / "static"
    monkeypatch.setattr(assets, "_SOURCES", (folder,))
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "board.js").write_text("one")
    return folder


def written(source: Path) -> None:
    (source / "js" / "board.js").write_text("two")


def renamed(source: Path) -> None:
    (source / "js" / "board.js").rename(source / "js" / "list.js")


def added(source: Path) -> None:
    (source / "new.scss").touch()


@pytest.mark.parametrize("change", [written, renamed, added], ids=lambda change: change.__name__)
def test_change_of_a_source_changes_the_key(source, change):
    before = assets._digest()
    change(source)
    assert assets._digest() != before


def test_compiled_python_is_no_source(source):
    before = assets._digest()
    (source / "settings.cpython-311.pyc").touch()
    assert assets._digest() == before


def test_each_source_exists():
    assert all(folder.is_dir() for folder in assets._SOURCES)
