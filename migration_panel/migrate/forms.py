# SPDX-License-Identifier: Apache-2.0
"""The four forms.  They differ only in the type: migration_types.py and text.py have the differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django import forms as django_forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from horizon import forms

from migration_panel import messages
from migration_panel.api.nova import Nova
from migration_panel.exceptions import TolerableError
from migration_panel.migrate.refusal import refusal_text
from migration_panel.migrate.text import KINDS, why_disabled
from migration_panel.migrate.widgets import DestinationSelect, host_options
from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK, Kind
from migration_panel.preflight.assess import destination_findings, findings
from migration_panel.preflight.finding import ERROR
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.text import problem_text

CHANGED = gettext_lazy(
    "The instance has changed since this form was opened: a migration may be under way "
    "already. Look at the checks, then submit again if it is still wanted."
)


class MigrateForm(forms.SelfHandlingForm):
    kind: ClassVar[Kind]

    destination = django_forms.CharField(
        label=gettext_lazy("Destination"), required=False, max_length=255, widget=DestinationSelect()
    )
    # When the instance had changed last as the form was opened; scripts may leave it out.
    seen = django_forms.CharField(required=False, max_length=64, widget=django_forms.HiddenInput())

    def __init__(
        self, request: HttpRequest, *args: Any, nova: Nova, case: PreflightInput, failed: str = "", **kwargs: Any
    ) -> None:
        super().__init__(request, *args, **kwargs)
        self.nova, self.case, self.failed = nova, case, failed
        self.why_disabled = why_disabled(self.kind, may_name_host=case.may_name_host)
        self.offer_hosts(case)

    def offer_hosts(self, case: PreflightInput) -> None:
        widget = self.fields["destination"].widget
        widget.spots = () if self.why_disabled else tuple(host_options(case, self.failed))
        if self.why_disabled:
            widget.attrs |= {"disabled": True, "aria-describedby": "migration-why-disabled"}

    def clean_destination(self) -> str:
        """A destination that cannot be is refused, on the cold forms too, never passed over."""
        destination = self.cleaned_data["destination"]
        found = destination_findings(replace(self.case, destination=destination))
        errors = [one for one in found if one.level == ERROR]
        if errors:
            raise django_forms.ValidationError(
                [django_forms.ValidationError(problem_text(one, self.kind), one.code) for one in errors]
            )
        return destination

    def clean_seen(self) -> str:
        """The second submission of one form meets an instance that the first has changed."""
        seen = self.cleaned_data["seen"]
        if seen and seen != self.case.server.updated:
            raise django_forms.ValidationError(CHANGED, "changed")
        return seen

    def clean(self) -> dict[str, Any]:
        """What Nova would refuse for certain is not sent at all."""
        against = [one for one in findings(replace(self.case, destination="")) if one.level == ERROR]
        if against:
            told = " ".join(problem_text(one, self.kind) for one in against)
            raise django_forms.ValidationError(_("Nothing was sent: %(reason)s") % {"reason": told}, against[0].code)
        return super().clean()

    def handle(self, request: HttpRequest, data: dict[str, Any]) -> bool:
        try:
            self.nova.start_migration(self.kind, self.case.server.id, data["destination"])
        except TolerableError as error:
            self.api_error(refusal_text(error, data["destination"], self.case.hosts))
            return False
        messages.success(request, self._asked(data["destination"]))
        return True

    def _asked(self, destination: str) -> str:
        facts = {"type": KINDS[self.kind.slug].title, "instance": self.case.server.name, "host": destination}
        if destination:
            return _("%(type)s of %(instance)s to %(host)s is under way.") % facts
        return _("%(type)s of %(instance)s is under way.") % facts


class ColdForm(MigrateForm):
    kind = COLD


class LiveForm(MigrateForm):
    kind = LIVE


class ColdBlockForm(MigrateForm):
    kind = COLD_BLOCK


class LiveBlockForm(MigrateForm):
    kind = LIVE_BLOCK


FORMS = {form.kind.slug: form for form in (ColdForm, LiveForm, ColdBlockForm, LiveBlockForm)}
