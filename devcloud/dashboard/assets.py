# SPDX-License-Identifier: Apache-2.0
"""Horizon's scripts and styles: collected and compressed once, which takes a quarter of a minute."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from devcloud.cache import made_once
from devcloud.layout import PROJECT
from devcloud.locks import Report
from devcloud.processes import run

# What the assets are made from: the panel's, and the settings and the pinned packages in the folder of this file.
_SOURCES = (
    PROJECT / "static",
    PROJECT / "templates",
    PROJECT / "migration_panel" / "enabled",
    Path(__file__).parent,
)


def compressed_assets(environment: Mapping[str, str], report: Report) -> Path:
    """Return the folder of assets; make it first if it does not exist.

    ``environment``: of Horizon, with the module of its settings.
    """

    def make(state: Path) -> None:
        state.mkdir(parents=True)
        for command in (["collectstatic", "--no-input"], ["compress", "--force"]):
            run(
                [sys.executable, "-m", "django", *command],
                state / "assets.log",
                {**environment, "HORIZON_STATE": str(state)},
            )
        (state / "static").rename(state / "data")

    return made_once("assets", _digest(), report, "Compressing Horizon's scripts and styles, once...", make)


def _digest() -> str:
    digest = hashlib.sha256()
    for file in _files():
        digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    for folder in _SOURCES:
        yield from (file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".pyc")
