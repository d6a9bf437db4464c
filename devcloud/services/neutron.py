# SPDX-License-Identifier: Apache-2.0
"""Neutron: networks and ports."""

import os
import sys
from pathlib import Path


def application(etc: Path):
    sys.argv = ["neutron"]
    os.environ["OS_NEUTRON_CONFIG_DIR"] = str(etc)
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    # Without a service plugin, back references to Port are missing, and listing ports fails.
    from neutron.db.migration.models import head  # noqa: F401
    from neutron.wsgi.api import application
    from sqlalchemy import orm

    orm.configure_mappers()
    return application


def prepare(etc: Path, url: str) -> None:
    """Create the schema from the models: the migration scripts need an ALTER that SQLite does not have."""
    import configparser

    import sqlalchemy
    from neutron.db.migration.models import head  # noqa: F401
    from neutron_lib.db import model_base

    conf = configparser.ConfigParser()
    conf.read(etc / "neutron.conf")
    model_base.BASEV2.metadata.create_all(sqlalchemy.create_engine(conf["database"]["connection"]))
