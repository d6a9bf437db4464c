# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all unit tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.template import engines

from migration_panel import cache as panel_cache
from migration_panel.api import evacuated, placement, session
from migration_panel.hosts.drain import claims, submit
from migration_panel.hosts.evacuate import service as evacuate_service

NO_LIMIT = 600.0  # seconds


@pytest.fixture(autouse=True, scope="session")
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep lock files apart from those of a panel or of other tests on this machine."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(autouse=True, scope="session")
def pages_without_horizons_scripts() -> Iterator[None]:
    """List none of Horizon's hundreds of scripts in a page: no browser runs them here."""
    with pytest.MonkeyPatch.context() as patched:
        for files in ("js_files", "xstatic_lib_files"):
            patched.setitem(settings.HORIZON_CONFIG, files, [])
        yield


@pytest.fixture(autouse=True, scope="session")
def templates_of_the_default_theme() -> Iterator[None]:
    """Search each template once: Horizon searches the folder of the theme again for each page."""
    engine = engines["django"].engine
    loaders = ["horizon.themes.ThemeTemplateLoader", *settings.CACHED_TEMPLATE_LOADERS]
    with pytest.MonkeyPatch.context() as patched:
        cached = engine.get_template_loaders([("django.template.loaders.cached.Loader", loaders)])
        patched.setattr(engine, "template_loaders", cached)
        yield


@pytest.fixture(autouse=True)
def clear_caches(own_temporary_folder: Path) -> Iterator[None]:
    """Clear what the process and the machine store about a cloud: the next cloud may use the same port."""
    yield
    for folder in own_temporary_folder.glob("migration_panel-*"):
        shutil.rmtree(folder)
    session._negotiated.clear()
    placement._supported.clear()
    session._ahead.clear()
    claims._refused.clear()
    placement._unknown.clear()
    cache.clear()


@pytest.fixture(autouse=True)
def no_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the time limits of requests: on a busy machine, a request would leave work to the next request.

    A test of a time limit sets the limit itself.
    """
    for module, name in (
        (evacuate_service, "TIME_LIMIT"),
        (evacuated, "LOOKUP_TIME"),
        (panel_cache, "WRITE_WAIT"),
        (submit, "TIME_LIMIT"),
    ):
        monkeypatch.setattr(module, name, NO_LIMIT)
