# SPDX-License-Identifier: Apache-2.0
"""The four forms.  They differ only in the type: migration_types.py and text.py have the differences."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from django import forms as django_forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from horizon import forms

from migration_panel import messages
from migration_panel.api.nova import Nova
from migration_panel.exceptions import TolerableError
from migration_panel.migrate.sent import MAX_REFERENCE, is_reference, store_sent_requests
from migration_panel.migrate.text import (
    INVALID_REFERENCE,
    REFERENCE_HELP,
    destination_disabled_text,
    refusal_text,
    requested_text,
)
from migration_panel.migrate.widgets import DestinationSelect, host_options
from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK, Kind
from migration_panel.preflight.assess import destination_errors, submit_errors
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.text import problem_text

CHANGED = gettext_lazy(
    "The instance has changed since this form was opened. A migration may already be in progress. "
    "Review the checks, then submit the form again."
)


class MigrateForm(forms.SelfHandlingForm):
    """The form of one type.

    A submission judges only the chosen destination.  A view that shows the form calls ``offer_hosts`` before.
    """

    kind: ClassVar[Kind]

    destination = django_forms.CharField(
        label=gettext_lazy("Destination"), required=False, max_length=255, widget=DestinationSelect()
    )
    # For example a ticket number.  It is never sent to Nova.
    reference = django_forms.CharField(
        label=pgettext_lazy("of a ticket", "Reference"),
        required=False,
        max_length=MAX_REFERENCE,
        help_text=REFERENCE_HELP,
        widget=django_forms.TextInput(attrs={"autocomplete": "off", "aria-describedby": "migration-reference-note"}),
    )
    # Time of the instance's last change when the form was opened.  Scripts may omit it.
    seen = django_forms.CharField(required=False, max_length=64, widget=django_forms.HiddenInput())

    def __init__(self, request: HttpRequest, *args: Any, nova: Nova, case: PreflightInput, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.nova, self.case = nova, case

    @cached_property
    def why_disabled(self) -> str:
        """Return why the destination cannot be chosen; empty if it can."""
        return destination_disabled_text(self.kind, may_name_host=self.case.may_name_host)

    def offer_hosts(self, case: PreflightInput, failed: str = "") -> None:
        """List the hosts with the verdict on each, or disable the field.  ``failed``: host of an earlier failure."""
        widget = self.fields["destination"].widget
        if self.why_disabled:
            widget.attrs |= {"disabled": True, "aria-describedby": "migration-why-disabled"}
        else:
            widget.hosts = tuple(host_options(case, failed))

    def clean_destination(self) -> str:
        """Return the destination.  Refuse an impossible destination, on the cold forms too: never ignore it."""
        destination: str = self.cleaned_data["destination"]
        errors = destination_errors(replace(self.case, destination=destination))
        if errors:
            raise django_forms.ValidationError(
                [django_forms.ValidationError(problem_text(error, self.kind), error.code) for error in errors]
            )
        return destination

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"]
        if not is_reference(reference):
            raise django_forms.ValidationError(str(INVALID_REFERENCE), "invalid")
        return reference

    def clean_seen(self) -> str:
        """Return the time.  Refuse a second submission of the form: the first submission has changed the instance."""
        seen: str = self.cleaned_data["seen"]
        if seen and seen != self.case.server.updated:
            raise django_forms.ValidationError(CHANGED, "changed")
        return seen

    def clean(self) -> dict[str, Any] | None:
        """Refuse what Nova would refuse for certain."""
        destination = self.cleaned_data.get("destination", "")
        errors = submit_errors(replace(self.case, destination=destination))
        if errors:
            reason = " ".join(problem_text(error, self.kind) for error in errors)
            raise django_forms.ValidationError(
                _("Nothing was changed. %(reason)s") % {"reason": reason}, errors[0].code
            )
        cleaned: dict[str, Any] | None = super().clean()
        return cleaned

    def handle(self, request: HttpRequest, data: dict[str, Any]) -> bool:
        """Start the migration.  Return False, with the error in the form, if Nova refuses."""
        server, destination, reference = self.case.server, data["destination"], data["reference"]
        try:
            request_id = self.nova.start_migration(self.kind, server.id, destination)
        except TolerableError as error:
            self.api_error(refusal_text(error, destination, self.case.hosts))
            return False
        store_sent_requests(self.nova, self.kind, [(server.id, request_id)], reference)
        messages.success(request, requested_text(self.kind, server.name or server.id, destination, reference))
        return True


class ColdForm(MigrateForm):
    kind = COLD


class LiveForm(MigrateForm):
    kind = LIVE


class ColdBlockForm(MigrateForm):
    kind = COLD_BLOCK


class LiveBlockForm(MigrateForm):
    kind = LIVE_BLOCK


FORMS = {form.kind.slug: form for form in (ColdForm, LiveForm, ColdBlockForm, LiveBlockForm)}
