# SPDX-License-Identifier: Apache-2.0
"""Shared or local storage: the rule, the errors and the texts of the libvirt driver."""

from nova import exception


def choose_block_migration(check_data, shared: bool, host: str):
    """Set block migration in the source's pre-check data, or refuse the requested kind."""
    check_data.is_shared_instance_path = shared
    check_data.is_shared_block_storage = shared
    if "block_migration" not in check_data:  # requested as "auto"
        check_data.block_migration = not shared
    if check_data.block_migration and shared:
        reason = "Block migration can not be used with shared storage."
        raise exception.InvalidLocalStorage(reason=reason, path=host)
    if not check_data.block_migration and not shared:
        reason = "Shared storage live-migration requires either shared storage or boot-from-volume with no local disks."
        raise exception.InvalidSharedStorage(reason=reason, path=host)
    return check_data
