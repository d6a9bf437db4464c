# SPDX-License-Identifier: Apache-2.0
"""The script that prints the size of the package, and how much of it runs for one request."""

from pathlib import Path

from tests.support.figures import PACKAGE, package_size
from tests.support.recorded_requests import Recorder, record_requests

VIEWS = {
    "board page": "board/views.py",
    "poll": "board/views.py",
    "live submit": "migrate/views.py",
    "check": "migrate/views.py",
    "drain POST": "hosts/drain/views.py",
    "run JSON": "hosts/drain/run_views.py",
    "abort": "board/action_views.py",
}


def test_each_request_runs_its_view():
    with Recorder(PACKAGE) as recorder:
        requests = record_requests(recorder)
    assert requests.keys() == VIEWS.keys()
    for name, functions in requests.items():
        assert VIEWS[name] in {function.file for function in functions}


def test_size_counts_files_packages_and_lines(tmp_path: Path):
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "__init__.py").write_text("a = 1\n")
    (tmp_path / "inner" / "module.py").write_text("a = 1\nb = 2\n\n")
    size = package_size(tmp_path)
    assert (size.files, size.packages, size.depth, size.median) == (3, 2, 2, 1)
    assert (size.longest, size.longest_file) == (3, "inner/module.py")
