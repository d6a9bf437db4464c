# SPDX-License-Identifier: Apache-2.0
"""The simulated copy's figures, by the clock alone."""

from itertools import pairwise

import pytest

from devcloud.virt.copying import Copy, CopyClock, Figures
from devcloud.virt.knobs import Knobs

FLAVORS = {"m1.tiny": (512, 1), "m1.small": (2048, 20), "m1.xlarge": (16384, 160)}


def _copy(metadata=None, flavor="m1.small", with_disk=True):
    return Copy(Knobs.read(metadata or {}, *FLAVORS[flavor]), with_disk)


@pytest.mark.parametrize("flavor", FLAVORS)
def test_copy_lasts_between_a_quarter_of_a_minute_and_a_minute(flavor):
    assert 15 <= _copy(flavor=flavor).seconds <= 60
    assert _copy(flavor=flavor).seconds >= _copy(flavor=flavor, with_disk=False).seconds


def test_copy_starts_with_nothing_copied_and_ends_with_nothing_left():
    copy = _copy()
    assert copy.figures(0) == Figures()
    assert copy.done(copy.seconds)
    end = copy.figures(copy.seconds)
    assert (end.memory_remaining, end.disk_remaining, end.progress) == (0, 0, 100)


def test_disk_grows_while_it_is_copied():
    copy = _copy()
    early, late = copy.figures(copy.disk_seconds * 0.1), copy.figures(copy.disk_seconds * 0.9)
    assert early.disk_total < late.disk_total
    assert early.memory_total == late.memory_total == 0
    assert early.progress == late.progress == 0


def test_memory_progress_falls_at_times():
    copy = _copy({"sim_seconds": "40"})
    seen = [copy.figures(tenth / 10).memory_remaining for tenth in range(0, 400, 2)]
    assert any(later > earlier > 0 for earlier, later in pairwise(seen))


def test_copy_without_convergence_ends_only_when_forced():
    copy = _copy({"sim_seconds": "10", "sim_converge": "never", "sim_pause_finish": "2"})
    assert not copy.done(100000)
    assert copy.figures(1000).memory_processed > copy.figures(1000).memory_total
    copy.force(1000)
    before, after = copy.figures(1000.5), copy.figures(1001.5)
    assert after.memory_remaining <= before.memory_remaining
    assert not copy.done(1001.9)
    assert copy.done(1002)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([99.5, 100.25, 100.75], [-0.5, 0.25, 0.75], id="as the machine"),
        pytest.param([100.5, 109.0, 109.25, 109.5], [0.5, 1.5, 2.5, 3.5], id="after a pause"),
        pytest.param([130.0, 130.25], [1.0, 2.0], id="first reading late"),
        pytest.param([103.0, 103.5, 103.75, 103.9], [1.0, 2.0, 3.0, 3.9], id="until the machine is reached"),
    ],
)
def test_clock_of_a_copy_skips_no_phase(readings, expected):
    clock = CopyClock(start=100.0)
    assert [clock.read(machine_time) for machine_time in readings] == pytest.approx(expected)


@pytest.mark.parametrize(("phase", "expected"), [("disk", 0), ("memory", 1)])
def test_copy_fails_in_the_configured_phase(phase, expected):
    copy = _copy({"sim_seconds": "10", "sim_fail": "gone", "sim_fail_at": phase})
    moment = next(tenth / 10 for tenth in range(1, 100) if copy.fails(tenth / 10))
    assert bool(copy.figures(moment).memory_total) == bool(expected)


def test_value_that_is_no_number_raises():
    with pytest.raises(ValueError, match="soon"):
        Knobs.read({"sim_seconds": "soon"}, 512, 1)
