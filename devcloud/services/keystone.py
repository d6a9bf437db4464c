# SPDX-License-Identifier: Apache-2.0
"""Keystone: identities, tokens and the catalog."""

import multiprocessing
import os
import sys
from pathlib import Path
from types import ModuleType


def _leave_out_saml_schemas() -> None:
    """Put an empty module in place of pysaml2's XML schemas, which it compiles at import.

    This takes a quarter of the time in which Keystone starts, and no user of this cloud logs in by SAML.
    """
    schemas = ModuleType("saml2.xml.schema")
    schemas.XMLSchemaError = type("XMLSchemaError", (Exception,), {})  # type: ignore[attr-defined]
    schemas.validate = None  # type: ignore[attr-defined]
    sys.modules[schemas.__name__] = schemas


def application(etc: Path):
    _leave_out_saml_schemas()
    sys.argv = ["keystone", "--config-file", str(etc / "keystone.conf")]
    from keystone.server.wsgi import initialize_public_application

    return initialize_public_application()


def prepare(etc: Path, url: str) -> None:
    """Create the schema, keys, roles and the admin."""
    from devcloud.config import PASSWORD, REGION

    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    urls = [word for kind in ("admin", "public", "internal") for word in (f"--bootstrap-{kind}-url", url)]
    for command in (
        ["db_sync"],
        ["fernet_setup", *owner],
        ["credential_setup", *owner],
        ["bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", REGION, *urls],
    ):
        _manage(etc, command)


def _manage(etc: Path, command: list[str]) -> None:
    """Run keystone-manage in a fork of this process, because it reads its configuration once in a process."""
    _leave_out_saml_schemas()
    from keystone.cmd import cli

    argv = ["keystone-manage", "--config-file", str(etc / "keystone.conf"), *command]
    fork = multiprocessing.get_context("fork").Process(target=cli.main, args=(argv,))
    fork.start()
    fork.join()
    if fork.exitcode:
        sys.exit(f"keystone-manage {command[0]} failed")
