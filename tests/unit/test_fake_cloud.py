# SPDX-License-Identifier: Apache-2.0
"""The fake cloud answers and records calls as its users expect."""

from concurrent.futures import ThreadPoolExecutor

import requests


def get(url: str, **options) -> requests.Response:
    return requests.get(url, timeout=60, **options)


def test_route_is_answered_and_the_call_is_recorded(fake_cloud):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    answer = get(f"{fake_cloud.nova_url}/os-migrations?limit=1", headers={"OpenStack-API-Version": "compute 2.80"})
    assert answer.json() == {"migrations": []}
    assert answer.headers["OpenStack-API-Version"] == "compute 2.80"
    [call] = fake_cloud.made("GET", "/v2.1/os-migrations")
    assert (call.query, call.microversion) == ({"limit": "1"}, "2.80")


def test_last_matching_route_has_priority(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={"server": "any"})
    fake_cloud.on("GET", "/v2.1/servers/b", json=lambda call: {"server": call.path[-1]})
    fake_cloud.on("GET", "/v2.1/servers/b", json={"server": "named c"}, query={"name": "c"})
    urls = [f"{fake_cloud.nova_url}/servers/{end}" for end in ("a", "b", "b?name=c&all=1")]
    assert [get(url).json()["server"] for url in urls] == ["any", "b", "named c"]


def test_body_of_a_call_is_recorded(fake_cloud):
    fake_cloud.on("POST", "/v2.1/servers/a/action", status=202)
    sent = requests.post(f"{fake_cloud.nova_url}/servers/a/action", json={"migrate": None}, timeout=10)
    assert (sent.status_code, sent.content) == (202, b"")
    assert fake_cloud.calls[-1].body == {"migrate": None}


def test_call_without_a_route_gets_404_in_novas_format(fake_cloud):
    answer = get(f"{fake_cloud.nova_url}/flavors")
    assert answer.status_code == 404
    assert "GET /v2.1/flavors" in answer.json()["itemNotFound"]["message"]


def test_version_shows_the_newest_microversion(fake_cloud):
    fake_cloud.max_microversion = "2.65"
    assert get(f"{fake_cloud.nova_url}/").json()["version"]["version"] == "2.65"


def test_answers_wait_until_all_calls_have_come(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=3)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(get, [f"{fake_cloud.nova_url}/servers/{end}" for end in "abc"]))
    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_panel_calls_do_not_include_those_of_the_frame(fake_cloud, admin_client):
    assert admin_client.get("/admin/migrations/").status_code == 200
    frame_calls = [call.path for call in fake_cloud.calls if not call.path.startswith("/v2.1")]
    assert frame_calls == ["/v3/users/alice-id/projects"]
    assert not [call for call in fake_cloud.panel_calls if "/v3" in call or "/network" in call]
