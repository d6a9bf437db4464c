# SPDX-License-Identifier: Apache-2.0
"""Whatever a browser or a script sends: an answer, no exception, and no migration without a valid request."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.fuzz.strategies import texts
from tests.unit.fuzz.test_answers import BOARD, FINE, INSTANCE, MIGRATION, whole_cloud

__all__ = ["whole_cloud"]

PLACES = (
    "",
    "status/",
    "history/",
    "instances/",
    f"instances/{INSTANCE}/",
    "several/",
    f"{INSTANCE}/live/",
    f"{INSTANCE}/live/check/",
    f"{MIGRATION}/",
    "hosts/",
    "hosts/compute-01/drain/",
    "hosts/compute-01/run/",
    "hosts/compute-01/return/",
    "hosts/compute-01/evacuate/",
)
FIELDS = (
    "q", "cursor", "instance", "html", "status", "type", "host", "marker", "trail", "since", "until", "project", "user",
    "destination", "failed", "sort", "zone", "state", "page", "reason", "next",
)  # fmt: skip
FORMS = (
    f"{INSTANCE}/live/",
    f"{INSTANCE}/cold/",
    f"{MIGRATION}/abort/",
    f"{MIGRATION}/confirm/",
    "several/",
    "hosts/compute-01/drain/",
    "hosts/compute-01/run/",
    "hosts/compute-01/return/",
    "hosts/compute-01/evacuate/",
)
# Fields that start an action if their values are valid: the views must distinguish valid from invalid values.
SENT = ("destination", "seen", "instance", "type", "action", "reason", "sent", "confirm", "since", "go", "nonsense")

fuzzing = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
queries = st.dictionaries(st.sampled_from(FIELDS), texts, min_size=1, max_size=4)


@pytest.mark.parametrize("place", PLACES)
@fuzzing
@given(query=queries, ajax=st.booleans())
def test_any_query(admin_client, whole_cloud, place, query, ajax):
    headers = {"X-Requested-With": "XMLHttpRequest"} if ajax else {}
    response = admin_client.get(f"{BOARD}{place}?{urlencode(query, errors='replace')}", headers=headers)
    assert response.status_code in FINE


@fuzzing
@given(parts=st.lists(texts, min_size=1, max_size=3))
def test_any_address(admin_client, whole_cloud, parts):
    address = "/".join(quote(part, safe="", errors="replace") for part in parts)
    response = admin_client.get(f"{BOARD}{address}/")
    assert response.status_code in FINE


@pytest.mark.parametrize("form", FORMS)
@fuzzing
@given(fields=st.dictionaries(st.sampled_from(SENT), texts, max_size=4))
def test_any_form(admin_client, whole_cloud, form, fields):
    fields = {name: value.encode(errors="replace").decode() for name, value in fields.items()}
    response = admin_client.post(f"{BOARD}{form}", fields)
    assert response.status_code in FINE
    for call in whole_cloud.calls:
        if call.method in ("POST", "PUT", "DELETE"):
            assert "force" not in (call.body or {}).get("os-migrateLive", {})
