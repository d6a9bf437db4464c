# SPDX-License-Identifier: Apache-2.0
"""The data of a prepared cloud, all made through the services' own APIs."""

from devcloud.seed.few import few
from devcloud.seed.identity import identity
from devcloud.seed.resources import resources
from devcloud.seed.scene import demo

__all__ = ["demo", "few", "identity", "resources"]
