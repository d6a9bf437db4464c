# SPDX-License-Identifier: Apache-2.0
"""A whole OpenStack on the loopback address, real but for its hypervisor."""

from devcloud.cloud import Cloud
from devcloud.layout import CloudError

__all__ = ["Cloud", "CloudError"]
