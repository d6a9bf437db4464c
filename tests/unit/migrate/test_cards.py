# SPDX-License-Identifier: Apache-2.0
"""The four types side by side, each with its errors and warnings."""

import pytest

from migration_panel.api.models import Server
from migration_panel.migrate.cards import cards, server_facts
from migration_panel.migration_types import LIVE
from migration_panel.preflight.query import build_case
from migration_panel.scope import ADMIN, PROJECT
from tests.support.case_ids import case_id
from tests.support.nova_answers import INSTANCE, SERVER
from tests.support.user_requests import request_of

SLUGS = ["cold", "live", "cold-block", "live-block"]
NO_RIGHT = "Your role does not permit this action."
STOPPED = "The status of the instance is Shutoff, but live migration requires an active or paused instance."
PAUSED = "The status of the instance is Paused, but cold migration requires an active or shut off instance."
LOCKED = "The instance is locked."


def server(**changes) -> Server:
    return Server.from_api(SERVER | changes)


def shown(request, instance, scope=ADMIN, **choice):
    return {card.kind.slug: card for card in cards(request, instance, scope, **choice)}


@pytest.mark.parametrize(
    ("roles", "state", "obstacles"),
    [
        ("admin", "active", [(), (), (), ()]),
        ("admin", "stopped", [(), (STOPPED,), (), (STOPPED,)]),
        ("admin", "paused", [(PAUSED,), (), (PAUSED,), ()]),
        ("manager member", "active", [(), (), (), ()]),
        ("manager member", "stopped", [(), (STOPPED,), (), (STOPPED,)]),
        ("member reader", "active", [(NO_RIGHT,)] * 4),
        ("member reader", "stopped", [(NO_RIGHT,)] * 4),
    ],
    ids=["admin", "admin-stopped", "admin-paused", "manager", "manager-stopped", "member", "member-stopped"],
)
def test_every_card_is_shown_with_its_errors(fake_cloud, roles, state, obstacles):
    found = shown(request_of(fake_cloud, *roles.split()), server(**{"OS-EXT-STS:vm_state": state}))
    assert list(found) == SLUGS
    assert [card.errors for card in found.values()] == obstacles


def test_manager_of_another_project_may_not_migrate(fake_cloud):
    found = shown(request_of(fake_cloud, "manager", project_id="other-id"), server())
    assert [card.errors for card in found.values()] == [(NO_RIGHT,)] * 4


@pytest.mark.parametrize(
    ("image", "doubtful"),
    [({"id": "some-image"}, ["live"]), ("", ["cold-block", "live-block"])],
    ids=["image", "volume"],
)
def test_unsuitable_storage_is_a_warning(fake_cloud, image, doubtful):
    found = shown(request_of(fake_cloud, "admin"), server(image=image))
    assert [slug for slug, card in found.items() if card.warnings] == doubtful


@pytest.mark.parametrize(("role", "obstacle"), [("admin", False), ("manager", True)])
def test_lock_is_a_warning_for_admins_and_an_error_for_others(fake_cloud, role, obstacle):
    card = shown(request_of(fake_cloud, role), server(locked=True))["cold"]
    assert (card.errors, card.warnings) == (((LOCKED,), ()) if obstacle else ((), ("the instance is locked",)))


@pytest.mark.parametrize(("scope", "dashboard"), [(ADMIN, "admin"), (PROJECT, "project")], ids=["admin", "project"])
def test_cards_link_to_their_forms(fake_cloud, scope, dashboard):
    found = shown(request_of(fake_cloud, "admin"), server(), scope)
    assert [card.url for card in found.values()] == [f"/{dashboard}/migrations/{INSTANCE}/{slug}/" for slug in SLUGS]


def test_links_of_cards_carry_the_destination(fake_cloud):
    found = shown(
        request_of(fake_cloud, "admin"), server(), carried={"destination": "a&b c", "reference": "#1", "failed": ""}
    )
    assert {card.url.partition("/?")[2] for card in found.values()} == {"destination=a%26b+c&reference=%231"}


def test_current_card_is_marked(fake_cloud):
    found = shown(request_of(fake_cloud, "admin"), server(), current=LIVE)
    assert [slug for slug, card in found.items() if card.current] == ["live"]


def test_cards_make_no_calls(fake_cloud):
    shown(request_of(fake_cloud, "admin"), server())
    assert fake_cloud.calls == []


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, ["Active", "on compute-01", "2 vCPU", "4 GiB of memory", "10 GiB of disk", "zone az1"]),
        ({"image": ""}, ["Active", "on compute-01", "2 vCPU", "4 GiB of memory", "disk on a volume", "zone az1"]),
        (
            {"OS-EXT-SRV-ATTR:host": None, "OS-EXT-AZ:availability_zone": ""},
            ["Active", "2 vCPU", "4 GiB of memory", "10 GiB of disk"],
        ),
        ({"flavor": {"id": "1"}}, ["Active", "on compute-01", "zone az1"]),
    ],
    ids=["all", "volume", "hidden", "no flavor"],
)
def test_server_facts_show_only_what_nova_returned(changes, facts):
    assert server_facts(server(**changes)) == facts


@pytest.mark.parametrize(
    ("role", "changes", "slug"),
    [
        ("admin", {}, "live-block"),
        ("admin", {"image": ""}, "live"),
        ("manager", {"image": ""}, "live"),
        ("admin", {"OS-EXT-STS:vm_state": "stopped"}, "cold-block"),
        ("admin", {"OS-EXT-STS:vm_state": "error"}, None),
        ("reader", {}, None),
    ],
    ids=case_id,
)
def test_at_most_one_type_is_recommended(fake_cloud, role, changes, slug):
    found = shown(request_of(fake_cloud, role), server(**changes))
    assert [name for name, card in found.items() if card.recommended] == ([slug] if slug else [])


def test_known_facts_apply_to_all_cards(fake_cloud):
    request = request_of(fake_cloud, "admin")
    known = build_case(request, LIVE, server(), None, "compute-02", ports=("accelerator-direct",))
    found = shown(request, server(), known=known)
    assert [card.errors for card in found.values()] == [
        ("A port of the instance has an accelerator: Nova refuses to migrate the instance.",)
    ] * 4


def test_server_facts_name_ephemeral_disk_and_swap_beside_a_volume():
    flavor = SERVER["flavor"] | {"ephemeral": 100, "swap": 4096}
    facts = server_facts(server(image="", flavor=flavor))
    assert "disk on a volume" in facts
    assert "104 GiB of ephemeral disk and swap" in facts
    assert not [
        text
        for text in server_facts(server(image="", flavor=flavor | {"ephemeral": 0, "swap": 0}))
        if "GiB of e" in text
    ]
