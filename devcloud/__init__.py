# SPDX-License-Identifier: Apache-2.0
"""A complete OpenStack on the loopback address; only its hypervisor is simulated."""

from devcloud.cloud import Cloud
from devcloud.layout import CloudError

__all__ = ["Cloud", "CloudError"]
