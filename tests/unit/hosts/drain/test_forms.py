# SPDX-License-Identifier: Apache-2.0
import pytest
from django.http import QueryDict

from migration_panel.exceptions import InvalidDrainRequest, ListChanged
from migration_panel.hosts.drain.forms import DrainForm, DrainOptions, ReturnForm
from tests.support.host_records import ORDER, START, server, uuid_of
from tests.support.record_ids import record_id

WEB, DB = uuid_of("web"), uuid_of("db")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", DrainOptions()),
        ("reason=%20kernel%0A%20%20patch%20", DrainOptions(note="kernel patch")),
        ("block=1&cold=on&replace=true", DrainOptions(block=True, cold=True, replace=True)),
        ("block=&cold=false&replace=0", DrainOptions()),
        ("destination=%20compute-02%20", DrainOptions(destination="compute-02")),
        ("chosen=1", DrainOptions(instances=frozenset())),
        ("chosen=", DrainOptions(instances=frozenset())),
        ("instance=", DrainOptions(instances=frozenset())),
        (f"instance={WEB}&instance={DB}", DrainOptions(instances=frozenset({WEB, DB}))),
        (f"chosen=1&instance={WEB},{DB}", DrainOptions(instances=frozenset({WEB, DB}))),
        ("shown=", DrainOptions(shown=frozenset())),
        (f"shown={WEB}+{DB}&instance={DB}", DrainOptions(instances=frozenset({DB}), shown=frozenset({WEB, DB}))),
        ("update=1&other=2", DrainOptions()),
    ],
    ids=[
        "empty form",
        "reason in one line",
        "flags set",
        "flags not set",
        "destination",
        "no instance selected",
        "no instance selected, empty field",
        "empty list of a script",
        "a field for each instance",
        "one field for all instances",
        "nothing shown",
        "shown and selected",
        "other fields",
    ],
)
def test_options_are_read_from_the_fields(query, expected):
    assert DrainForm(QueryDict(query)).options() == expected


@pytest.mark.parametrize("field", ["reason", "destination"])
def test_null_character_is_refused(field):
    with pytest.raises(InvalidDrainRequest):
        DrainForm(QueryDict(f"{field}=a%00b")).options()


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", False), ("replace=", False), ("replace=1", True), ("replace=false", False), ("replace=0", False)],
)
def test_return_replaces_a_reason_only_on_request(query, expected):
    assert ReturnForm(QueryDict(query)).replaces() is expected


@pytest.mark.parametrize(
    ("options", "excluded"),
    [
        (DrainOptions(), set()),
        (DrainOptions(instances=frozenset({WEB})), {DB}),
        (DrainOptions(instances=frozenset({WEB}), shown=frozenset({WEB})), set()),
        (DrainOptions(instances=frozenset(), shown=frozenset({WEB.upper(), "no-id"})), {WEB}),
    ],
    ids=["all", "of those listed", "of those shown", "other spelling"],
)
def test_request_excludes_what_was_offered_and_not_selected(options, excluded):
    listed = [server("web"), server("db"), server("lost", vm_state="error")]
    request = options.to_request(START, "admin", listed)
    assert {instance for instance in (WEB, DB, uuid_of("lost")) if request.excludes(instance)} == excluded


def test_options_of_a_drain_in_progress_include_all_instances():
    assert DrainOptions.of(ORDER) == DrainOptions(note=ORDER.note)


@pytest.mark.parametrize(
    "options", [DrainOptions(shown=frozenset({WEB})), DrainOptions(instances=frozenset({WEB}))], ids=record_id
)
def test_empty_list_is_refused_if_the_plan_showed_instances(options):
    with pytest.raises(ListChanged):
        options.check_list([])
    options.check_list([server()])
    DrainOptions().check_list([])
