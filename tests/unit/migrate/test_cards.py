# SPDX-License-Identifier: Apache-2.0
"""The four types side by side: none vanishes, each says what speaks against it."""

import pytest

from migration_panel.api.models import Server
from migration_panel.migrate.cards import cards, server_facts
from migration_panel.migration_types import LIVE
from migration_panel.preflight.query import build_case
from migration_panel.scope import ADMIN, PROJECT
from tests.support.nova_answers import INSTANCE, SERVER
from tests.support.user_requests import request_of

SLUGS = ["cold", "live", "cold-block", "live-block"]
NO_RIGHT = "Your role does not allow it."
STOPPED = "The instance is stopped: this type takes running or paused ones only."
PAUSED = "The instance is paused: this type takes running or shut off ones only."
LOCKED = "The instance is locked."


def server(**changes) -> Server:
    return Server.from_api(SERVER | changes)


def shown(request, one, scope=ADMIN, **choice):
    return {card.kind.slug: card for card in cards(request, one, scope, **choice)}


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
)
def test_every_card_stays_and_tells_its_obstacles(fake_cloud, roles, state, obstacles):
    told = shown(request_of(fake_cloud, *roles.split()), server(**{"OS-EXT-STS:vm_state": state}))
    assert list(told) == SLUGS
    assert [card.errors for card in told.values()] == obstacles


def test_manager_of_another_project_has_no_right(fake_cloud):
    told = shown(request_of(fake_cloud, "manager", project_id="other-id"), server())
    assert [card.errors for card in told.values()] == [(NO_RIGHT,)] * 4


@pytest.mark.parametrize(
    ("image", "doubtful"),
    [({"id": "some-image"}, ["live"]), ("", ["cold-block", "live-block"])],
    ids=["image", "volume"],
)
def test_storage_that_may_not_suit_is_a_doubt(fake_cloud, image, doubtful):
    told = shown(request_of(fake_cloud, "admin"), server(image=image))
    assert [slug for slug, card in told.items() if card.warnings] == doubtful


@pytest.mark.parametrize(("role", "obstacle"), [("admin", False), ("manager", True)])
def test_lock_is_an_obstacle_but_to_an_admin(fake_cloud, role, obstacle):
    card = shown(request_of(fake_cloud, role), server(locked=True))["cold"]
    assert (card.errors, card.warnings) == (((LOCKED,), ()) if obstacle else ((), ("the instance is locked",)))


@pytest.mark.parametrize(("scope", "dashboard"), [(ADMIN, "admin"), (PROJECT, "project")])
def test_cards_lead_to_their_forms(fake_cloud, scope, dashboard):
    told = shown(request_of(fake_cloud, "admin"), server(), scope)
    assert [card.url for card in told.values()] == [f"/{dashboard}/migrations/{INSTANCE}/{slug}/" for slug in SLUGS]


def test_chosen_destination_goes_along(fake_cloud):
    told = shown(request_of(fake_cloud, "admin"), server(), destination="a&b c")
    assert {card.url.partition("/?")[2] for card in told.values()} == {"destination=a%26b+c"}


def test_current_card_is_marked(fake_cloud):
    told = shown(request_of(fake_cloud, "admin"), server(), current=LIVE)
    assert [slug for slug, card in told.items() if card.current] == ["live"]


def test_cards_ask_nova_nothing(fake_cloud):
    shown(request_of(fake_cloud, "admin"), server())
    assert fake_cloud.calls == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ["ACTIVE", "on compute-01", "2 vCPU", "4 GiB of memory", "10 GiB of disk", "zone az1"]),
        ({"image": ""}, ["ACTIVE", "on compute-01", "2 vCPU", "4 GiB of memory", "disk on a volume", "zone az1"]),
        (
            {"OS-EXT-SRV-ATTR:host": None, "OS-EXT-AZ:availability_zone": ""},
            ["ACTIVE", "2 vCPU", "4 GiB of memory", "10 GiB of disk"],
        ),
        ({"flavor": {"id": "1"}}, ["ACTIVE", "on compute-01", "zone az1"]),
    ],
    ids=["all", "volume", "hidden", "no flavor"],
)
def test_facts_are_what_the_reader_may_know(changes, told):
    assert server_facts(server(**changes)) == told


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
)
def test_one_type_is_recommended_and_says_why(fake_cloud, role, changes, slug):
    told = shown(request_of(fake_cloud, role), server(**changes))
    assert [name for name, card in told.items() if card.recommended] == ([slug] if slug else [])


def test_what_has_been_gathered_counts_for_all_cards(fake_cloud):
    request = request_of(fake_cloud, "admin")
    known = build_case(request, LIVE, server(), None, "compute-02", ports=("accelerator-direct",))
    told = shown(request, server(), known=known)
    assert [card.errors for card in told.values()] == [
        ("One of its ports has an accelerator: Nova refuses to move it.",)
    ] * 4


def test_facts_name_ephemeral_disk_and_swap_beside_a_volume():
    flavor = SERVER["flavor"] | {"ephemeral": 100, "swap": 4096}
    told = server_facts(server(image="", flavor=flavor))
    assert "disk on a volume" in told
    assert "104 GiB of ephemeral disk and swap" in told
    assert not [
        text
        for text in server_facts(server(image="", flavor=flavor | {"ephemeral": 0, "swap": 0}))
        if "GiB of e" in text
    ]
