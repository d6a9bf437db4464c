# SPDX-License-Identifier: Apache-2.0
"""The helper that puts Nova's records into any state: Nova's API shows its changes until they are undone."""

from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest

from tests.support.nova_database import NovaRecords


@pytest.fixture
def records(cloud):
    with NovaRecords(cloud) as made:
        yield made


@pytest.fixture
def wiki(admin):
    [server] = admin.get("compute", "/servers/detail?all_tenants=1&name=wiki")["servers"]
    return server["id"]


def migrations_of(admin, instance):
    return admin.get("compute", f"/os-migrations?instance_uuid={instance}")["migrations"]


def age_of(text):
    return datetime.now(timezone.utc) - datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("live-migration", "running"), ("migration", "finished"), ("resize", "error"), ("evacuation", "done")],
)
def test_added_migration_is_listed_until_the_end(cloud, admin, wiki, kind, status):
    before = migrations_of(admin, wiki)
    with NovaRecords(cloud) as records:
        uuid = records.add_migration(
            wiki, kind=kind, status=status, age=timedelta(days=2), unchanged=timedelta(hours=1), source="compute-04"
        )
        [added] = [record for record in migrations_of(admin, wiki) if record["uuid"] == uuid]
        assert (added["migration_type"], added["status"], added["source_compute"]) == (kind, status, "compute-04")
        assert timedelta(days=2) <= age_of(added["created_at"]) < timedelta(days=2, minutes=5)
        assert timedelta(hours=1) <= age_of(added["updated_at"]) < timedelta(hours=1, minutes=5)
        assert added["project_id"]
    assert migrations_of(admin, wiki) == before


def test_migration_of_an_unknown_instance_is_listed(admin, records):
    instance = str(uuid4())
    records.add_migration(instance, status="queued", destination=None)
    [added] = migrations_of(admin, instance)
    assert (added["status"], added["dest_compute"]) == ("queued", None)


def test_changes_are_shown_until_they_are_undone(admin, records, wiki):
    path = f"/servers/{wiki}"
    before = admin.get("compute", path)["server"]
    migration = records.add_migration(wiki, status="running")
    records.change_migration(migration, status="failed", updated_at=records.ago(hours=3))
    records.change_instance(wiki, host="compute-04", node="compute-04", task_state="migrating", power_state=0)
    records.change_service("compute-05", forced_down=True, disabled_reason="rack moves", disabled=True)

    [changed] = [record for record in migrations_of(admin, wiki) if record["uuid"] == migration]
    assert changed["status"] == "failed"
    assert age_of(changed["updated_at"]) >= timedelta(hours=3)
    server = admin.get("compute", path)["server"]
    assert (server["OS-EXT-SRV-ATTR:host"], server["OS-EXT-STS:task_state"]) == ("compute-04", "migrating")
    [service] = admin.get("compute", "/os-services?host=compute-05&binary=nova-compute")["services"]
    assert (service["forced_down"], service["disabled_reason"]) == (True, "rack moves")

    records.undo()
    after = admin.get("compute", path)["server"]
    assert after["OS-EXT-SRV-ATTR:host"] == before["OS-EXT-SRV-ATTR:host"]
    assert after["OS-EXT-STS:task_state"] is None
    [service] = admin.get("compute", "/os-services?host=compute-05&binary=nova-compute")["services"]
    assert (service["forced_down"], service["disabled_reason"]) == (False, None)


def test_unknown_row_is_refused(records):
    with pytest.raises(LookupError, match="0 rows of instances"):
        records.change_instance(str(uuid4()), host="compute-01")
