# SPDX-License-Identifier: Apache-2.0
"""The sentences of findings about the destination, by their codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from migration_panel.preflight.sentences import OTHER_HOST, Sentences

DESTINATION_SENTENCES = {
    "destination-cold": Sentences(
        _("Cold migrations: the scheduler chooses the host."),
        _("Leave the destination empty, or choose a live type."),
    ),
    "destination-role": Sentences(
        _("Your role cannot choose the host: the scheduler chooses the host."), _("Leave the destination empty.")
    ),
    "destination-name": Sentences(
        _("“%(host)s” is not a valid host name: use only letters, digits, dots, hyphens and underscores."), OTHER_HOST
    ),
    "destination-unknown": Sentences(_("Compute host “%(host)s” does not exist."), OTHER_HOST),
    "destination-source": Sentences(
        _("The instance is already on %(host)s."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "current host of the instance"),
    ),
    "destination-cell-down": Sentences(
        _("Nova cannot reach the cell of %(host)s, so the state of the host is unknown."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "unknown (cell unreachable)"),
    ),
    "destination-forced-down": Sentences(
        _("%(host)s is forced down."), OTHER_HOST, pgettext_lazy("reason in brief", "forced down")
    ),
    "destination-down": Sentences(_("%(host)s is down."), OTHER_HOST, pgettext_lazy("reason in brief", "down")),
    "destination-disabled": Sentences(
        _("%(host)s is disabled."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "disabled"),
        cause_with_reason=_("%(host)s is disabled: “%(reason)s”."),
        brief_with_reason=pgettext_lazy("reason in brief", "disabled: “%(reason)s”"),
    ),
    "destination-evacuated": Sentences(
        _("The next restart of nova-compute on %(host)s deletes all evacuated instances (%(count)d) there."),
        _("Restart nova-compute on %(host)s first, or choose another host."),
        pgettext_lazy("reason in brief", "nova-compute not restarted since an evacuation"),
        remedy_for_managers=OTHER_HOST,
    ),
    "destination-evacuated-itself": Sentences(
        _(
            "The instance was evacuated from %(host)s, and the next restart of nova-compute there would "
            "delete the instance."
        ),
        _("Restart nova-compute on %(host)s first, or choose another host."),
        pgettext_lazy("reason in brief", "nova-compute not restarted since this instance was evacuated"),
        remedy_for_managers=OTHER_HOST,
    ),
    "destination-zone": Sentences(
        _("%(host)s is in zone %(zone)s, but the instance is pinned to zone %(pinned)s."),
        _("Choose a host in the zone of the instance, or let the scheduler choose."),
        pgettext_lazy("reason in brief", "zone %(zone)s, pinned to %(pinned)s"),
    ),
    "destination-anti-affinity": Sentences(
        _("%(host)s already has “%(member)s” of the same anti-affinity group “%(group)s”."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "has “%(member)s” of the same anti-affinity group"),
    ),
    "destination-affinity": Sentences(
        _("%(host)s has no member of affinity group “%(group)s”, whose instances must stay together."),
        _("Choose a host with a member; a group on a single host cannot be migrated instance by instance."),
        pgettext_lazy("reason in brief", "no member of the affinity group"),
    ),
    "destination-type": Sentences(
        _("The hypervisor type of %(host)s is %(type)s, but the source host has %(source)s."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "different hypervisor: %(type)s"),
    ),
    "destination-older": Sentences(
        _("The hypervisor on %(host)s (%(version)s) is older than on the source host (%(source)s)."),
        _(
            "Choose a host that is not older, or use cold migration, unless Nova's option "
            "skip_hypervisor_version_check_on_lm is set."
        ),
        pgettext_lazy("reason in brief", "older hypervisor"),
        remedy_for_managers=_("Choose a host that is not older, or use cold migration."),
    ),
    "destination-vcpus": Sentences(
        _("%(host)s has too few vCPUs: %(free)d free, %(need)d needed."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "too few vCPUs: %(free)d free, %(need)d needed"),
    ),
    "destination-memory": Sentences(
        _("%(host)s has too little memory: %(free)s free, %(need)s needed."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "too little memory: %(free)s free, %(need)s needed"),
    ),
    "destination-disk": Sentences(
        _("%(host)s has too little disk space: %(free)s free, %(need)s needed."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "too little disk space: %(free)s free, %(need)s needed"),
    ),
    "destination-room": Sentences(
        _("Placement does not offer %(host)s for this flavor: the host lacks free capacity or a required trait."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "lacks free capacity or a required trait"),
    ),
    "destination-room-untold": Sentences(
        _("The free capacity of %(host)s is unknown: Nova or Placement returned no complete data for the host."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "free capacity unknown"),
    ),
    "destination-tight": Sentences(
        _("%(host)s has enough free capacity only with overcommit, and its overcommit settings are unknown."),
        OTHER_HOST,
        pgettext_lazy("reason in brief", "fits only with overcommit"),
    ),
    "destination-cpu": Sentences(
        _("The CPU model of %(host)s is %(model)s, and the CPU model of the source host is %(source)s."),
        _("The hosts refuse the migration unless the configured CPU model (cpu_mode, cpu_models) suits both hosts."),
        pgettext_lazy("reason in brief", "different CPU model: %(model)s"),
    ),
}
