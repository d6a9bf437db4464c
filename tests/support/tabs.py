# SPDX-License-Identifier: Apache-2.0
"""Horizon's tabs outside of a page."""

from types import MappingProxyType

from tests.support.nova_answers import INSTANCE


class TabGroup:
    """Stand in for Horizon's group of tabs on the page of an instance."""

    kwargs = MappingProxyType({"instance_id": INSTANCE})
    attrs: MappingProxyType[str, str] = MappingProxyType({})

    def get_id(self) -> str:
        return "instance_details"
