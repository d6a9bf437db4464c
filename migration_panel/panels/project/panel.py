# SPDX-License-Identifier: Apache-2.0
import horizon
from django.utils.translation import gettext_lazy as _


class Migrations(horizon.Panel):
    name = _("Migrations")
    slug = "migrations"
    permissions = ("openstack.services.compute",)
    policy_rules = (("compute", "os_compute_api:os-migrations:index"),)
