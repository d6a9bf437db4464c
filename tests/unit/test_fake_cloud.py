# SPDX-License-Identifier: Apache-2.0
"""The stand-in for OpenStack answers and remembers as the tests that use it expect."""

from concurrent.futures import ThreadPoolExecutor

import requests


def get(url: str, **options) -> requests.Response:
    return requests.get(url, timeout=60, **options)


def test_answers_what_a_test_sets(fake_cloud):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    answer = get(f"{fake_cloud.nova_url}/os-migrations?limit=1", headers={"OpenStack-API-Version": "compute 2.80"})
    assert answer.json() == {"migrations": []}
    assert answer.headers["OpenStack-API-Version"] == "compute 2.80"
    [call] = fake_cloud.made("GET", "/v2.1/os-migrations")
    assert (call.query, call.microversion) == ({"limit": "1"}, "2.80")


def test_last_fitting_route_wins(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={"server": "any"})
    fake_cloud.on("GET", "/v2.1/servers/b", json=lambda call: {"server": call.path[-1]})
    fake_cloud.on("GET", "/v2.1/servers/b", json={"server": "asked for c"}, query={"name": "c"})
    urls = [f"{fake_cloud.nova_url}/servers/{end}" for end in ("a", "b", "b?name=c&all=1")]
    assert [get(url).json()["server"] for url in urls] == ["any", "b", "asked for c"]


def test_keeps_bodies(fake_cloud):
    fake_cloud.on("POST", "/v2.1/servers/a/action", status=202)
    sent = requests.post(f"{fake_cloud.nova_url}/servers/a/action", json={"migrate": None}, timeout=10)
    assert (sent.status_code, sent.content) == (202, b"")
    assert fake_cloud.calls[-1].body == {"migrate": None}


def test_unknown_is_not_found_in_novas_text(fake_cloud):
    answer = get(f"{fake_cloud.nova_url}/flavors")
    assert answer.status_code == 404
    assert "GET /v2.1/flavors" in answer.json()["itemNotFound"]["message"]


def test_tells_the_newest_microversion(fake_cloud):
    fake_cloud.max_microversion = "2.65"
    assert get(f"{fake_cloud.nova_url}/").json()["version"]["version"] == "2.65"


def test_holds_answers_until_all_have_come(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/*", json={}, together=3)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(get, [f"{fake_cloud.nova_url}/servers/{end}" for end in "abc"]))
    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_panels_calls_are_told_from_the_frames(fake_cloud, admin_client):
    assert admin_client.get("/admin/migrations/").status_code == 200
    framed = [call for call in fake_cloud.calls if not call.path.startswith("/v2.1")]
    assert len(framed) == 3
    assert not [call for call in fake_cloud.panel_calls if "/v3" in call or "/network" in call]
