# SPDX-License-Identifier: Apache-2.0
"""Starts that fail, and the report of many starts."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devcloud import Cloud, CloudError, cloud, running
from devcloud.layout import Ports
from devcloud.prepared import prepared_data
from devcloud.processes import Children
from devcloud.starts import held_back, start_once
from devcloud.virtualenv import virtualenv
from tests.support.embedded_cloud import BARE, eventually, free_ports


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    started = Children(tmp_path)
    yield started
    started.kill_all()


@pytest.fixture
def ended(children: Children) -> Callable[[str], str]:
    """Run a Python program as the process "sample"; return the error about its end."""

    def run(program: str) -> str:
        children.start("sample", [sys.executable, "-c", program], {})
        return eventually(lambda: _error_of(children))

    return run


def _error_of(children: Children) -> str:
    try:
        children.require_all_running()
    except CloudError as error:
        return str(error)
    return ""


def test_error_names_the_service_that_ended_and_shows_the_end_of_its_log(tmp_path, monkeypatch):
    write = cloud.write_configuration

    # Placement reads its configuration soonest, so the other services have loaded few of their modules when it ends.
    def write_malformed_line(state, *rest):
        write(state, *rest)
        file = state / "etc" / "placement" / "placement.conf"
        file.write_text("no-section\n" + file.read_text())

    monkeypatch.setattr(cloud, "write_configuration", write_malformed_line)
    with pytest.raises(CloudError) as caught:
        Cloud(free_ports(), tmp_path, **BARE, report=print).start()
    first, *log, advice = str(caught.value).splitlines()
    assert first == "placement ended by itself (exit status 1)."
    assert log[0] == f"The end of its log, {tmp_path}/placement.log:"
    assert "no-section" in log[-1]
    assert advice == "Remove the cause that the log shows, then start again."


def test_error_names_the_service_that_does_not_answer(tmp_path, monkeypatch):
    # Preparing databases starts Keystone too, and would fail first where this test is the first to need them.
    bare = Cloud(free_ports(), tmp_path, **BARE, report=print)
    prepared_data(bare.options, virtualenv(print), print)
    monkeypatch.setattr(running, "_PATIENCE", 0)
    with pytest.raises(CloudError) as caught:
        Cloud(free_ports(), tmp_path, **BARE, keystone_delay=3600, report=print).start()
    assert str(caught.value).startswith(f"keystone did not answer within 0 s.\nThe end of its log, {tmp_path}/keystone")


def test_error_shows_the_last_lines_of_a_long_log(ended):
    text = ended("print(*range(100), sep='\\n'); raise SystemExit(3)")
    assert text.startswith("sample ended by itself (exit status 3).\n")
    assert text.splitlines()[2:-1] == [str(number) for number in range(75, 100)]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param(signal.SIGTERM, "killed by signal 15", id="SIGTERM"),
        pytest.param(signal.SIGKILL, "killed by signal 9, which Linux also sends when memory runs out", id="SIGKILL"),
    ],
)
def test_error_names_the_signal_that_ended_a_service(ended, number, reason):
    text = ended(f"import os; os.kill(os.getpid(), {int(number)})")
    assert text.startswith(f"sample ended by itself ({reason}).\n")


def test_error_names_the_process_that_ended_beside_a_process_that_runs(children, ended):
    children.start("other", [sys.executable, "-c", "import time; time.sleep(600)"], {})
    assert ended("raise SystemExit(1)").startswith("sample ended")
    children.require_running("other")


def test_free_rows_of_ports_do_not_overlap():
    rows = [Ports.free().numbers["keystone"] for _ in range(20)]
    assert len({row // 10 for row in rows}) == 20


def test_starts_with_late_keystone_are_spread_evenly():
    assert [number for number in range(20) if held_back(number, 20, 5)] == [3, 7, 11, 15, 19]


def test_start_report_shows_the_ready_line(tmp_path):
    program = (
        "import os, time; print('Starting'); print('Ready:', os.environ['KEYSTONE_DELAY'], flush=True); time.sleep(600)"
    )
    result = start_once([sys.executable, "-c", program], tmp_path, 10)
    assert (result.ready, result.text) == (True, "Ready: 10\n")


def test_start_report_shows_all_output_of_a_demo_that_failed(tmp_path):
    result = start_once([sys.executable, "-c", "print('Starting'); raise SystemExit('demo: no')"], tmp_path, 0)
    assert not result.ready
    assert sorted(result.text.splitlines()) == ["Starting", "demo: no"]
