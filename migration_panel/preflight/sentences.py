# SPDX-License-Identifier: Apache-2.0
"""The form of the sentences of a finding, and the remedies that several findings share."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sentences:
    """The sentences of one finding."""

    cause: Promise
    # What the user can do.
    remedy: Promise
    # The cause in a few words, for a list of types or hosts.
    brief: Promise | str = ""
    # Used instead for a finding with a fact ``reason``, which is text of Nova.
    cause_with_reason: Promise | str = ""
    brief_with_reason: Promise | str = ""
    # Used instead for the cold types.
    cause_if_cold: Promise | str = ""
    # Used instead for users who cannot change hosts, if only an administrator can follow the remedy.
    remedy_for_managers: Promise | str = ""


OTHER_HOST = _("Choose another host, or let the scheduler choose.")
COLD_INSTEAD = _("Use cold migration instead.")
CONTACT_ADMIN = _("Ask an administrator if the migration fails.")
ADMIN_NEEDED = _("Ask an administrator, and hand over the instance ID.")
COLD_IF_REFUSED = _("If Nova refuses, use cold migration.")
