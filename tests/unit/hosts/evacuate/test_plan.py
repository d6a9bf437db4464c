# SPDX-License-Identifier: Apache-2.0
"""What can be evacuated, and what has become of it: pure rules."""

import pytest

from migration_panel.hosts.evacuate.plan import Fate, Tally, of_this_outage, stranded
from migration_panel.hosts.evacuate.words import fate_words, tally_words
from migration_panel.nova.records import Migration, Server
from tests.answers import LISTED
from tests.unit.board.moves import instance


def server(number=1, **given):
    return Server(id=instance(number), name=f"vm-{number}", status="ACTIVE", **({"vm_state": "active"} | given))


def evacuation(number=1, status="done", **given):
    own = {"instance_uuid": instance(number), "migration_type": "evacuation", "status": status}
    return Migration.from_api(LISTED | {"id": number} | own | given)


@pytest.mark.parametrize(
    ("given", "status", "fate"),
    [
        ({}, None, Fate.READY),
        ({"vm_state": "stopped"}, None, Fate.READY),
        ({"vm_state": "error"}, None, Fate.READY),
        ({"vm_state": "paused"}, None, Fate.STATE),
        ({"vm_state": "suspended"}, None, Fate.STATE),
        ({"vm_state": "resized"}, None, Fate.STATE),
        ({"vm_state": ""}, None, Fate.STATE),
        # Left behind by what the host was doing when it died: Nova takes it.
        ({"task_state": "migrating"}, None, Fate.READY),
        ({"task_state": "rebuilding"}, None, Fate.BEGUN),
        ({"task_state": "rebuild_spawning", "vm_state": "error"}, None, Fate.BEGUN),
        ({}, "accepted", Fate.BEGUN),
        ({}, "pre-migrating", Fate.BEGUN),
        ({}, "failed", Fate.READY),
        ({"vm_state": "error"}, "error", Fate.READY),
        ({}, "completed", Fate.READY),
        ({"task_state": "deleting"}, None, Fate.DELETING),
        ({"task_state": "soft-deleting"}, None, Fate.DELETING),
    ],
)
def test_fate_follows_from_states_and_the_evacuation_under_way(given, status, fate):
    found = stranded([server(**given)], [evacuation(status=status)] if status else [])
    assert [one.fate for one in found] == [fate]
    assert "%(" not in fate_words(found[0])


@pytest.mark.parametrize(
    ("given", "words"),
    [({"volume_backed": True}, "from its volume"), ({}, "lost, unless"), ({"vm_state": "paused"}, "it is paused")],
)
def test_words_say_what_is_lost(given, words):
    [one] = stranded([server(**given)], [])
    assert words in fate_words(one)


def outage(*migrations, here=(1,)):
    found = of_this_outage("compute-01", [server(number) for number in here], migrations)
    return [(one.id, one.status) for one in found]


def test_last_one_of_each_instance_counts():
    again = evacuation(1, "accepted", id=9)
    assert outage(evacuation(1, "error"), again, evacuation(2, "done")) == [(9, "accepted"), (2, "done")]


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        (evacuation(1, "completed"), False),
        (evacuation(1, "error"), True),
        (evacuation(2, "error"), False),
        (evacuation(2, "failed"), False),
        (evacuation(2, "done"), True),
        (evacuation(2, "pre-migrating"), True),
        (evacuation(2, "done", source_compute="compute-02", dest_compute="compute-01"), False),
        (evacuation(2, "done", source_compute="compute-010"), False),
    ],
)
def test_earlier_outages_and_other_hosts_are_left_out(one, counts):
    assert bool(outage(one)) is counts


def test_tally_counts_each_and_tells_when_all_is_over():
    moved = [evacuation(1, "done"), evacuation(2, "accepted"), evacuation(3, "error")]
    tally = Tally.of(stranded([server(2), server(3)], moved), moved)
    assert tally == Tally(done=1, moving=1, failed=1, left=1)
    assert tally_words(tally) == "1 evacuated, 1 under way, 1 failed, 1 left on the host."
    assert tally_words(Tally(0, 0, 0, 5)) == ""
    assert not tally.over
    assert Tally(3, 0, 0, 0).over
