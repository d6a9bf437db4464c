# SPDX-License-Identifier: Apache-2.0
"""The filters of past migrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from migration_panel.api.nova import Nova
from migration_panel.board.history.query import Filters
from migration_panel.board.history.text import status_choices
from migration_panel.board.status import TYPES as SLUGS
from migration_panel.board.text import TYPES
from migration_panel.identifiers import normalize_uuid
from migration_panel.migrate.search import find
from migration_panel.times import as_utc

ANY = ("", gettext_lazy("Any"))


class MomentInput(forms.DateTimeInput):
    """The browser's own input of a date and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class TimeField(forms.DateTimeField):
    """A time in UTC.  A time that is entered without an offset is in the reader's zone."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment and as_utc(moment)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class HistoryForm(forms.Form):
    """The filters, which are part of the address."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    type = forms.ChoiceField(label=pgettext_lazy("migration", "Type"), required=False)
    instance = forms.CharField(label=gettext_lazy("Instance name or ID"), required=False, max_length=255)
    host = forms.CharField(label=gettext_lazy("Source or destination host"), required=False, max_length=255)
    project = forms.CharField(label=gettext_lazy("Project ID of the requester"), required=False, max_length=64)
    user = forms.CharField(label=gettext_lazy("User ID of the requester"), required=False, max_length=64)
    since = TimeField(label=gettext_lazy("Changed since"), required=False, widget=MomentInput())
    until = TimeField(label=gettext_lazy("Changed until"), required=False, widget=MomentInput())

    def __init__(self, *args: Any, nova: Nova, own_project: str | None, **kwargs: Any) -> None:
        """Create the form.  ``own_project``: ID of the only project that the user sees; None for all projects."""
        super().__init__(*args, **kwargs)
        self.nova, self.own_project = nova, own_project
        self._offer("status", status_choices())
        self._offer("type", [(nova_type, TYPES[slug]) for nova_type, slug in SLUGS.items()])
        if own_project:
            del self.fields["host"], self.fields["project"]

    def _offer(self, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [ANY, *choices]

    def clean_instance(self) -> str:
        """Return the instance's ID, by which Nova filters.  The user may enter a name."""
        text = self.cleaned_data["instance"].strip()
        if not text or normalize_uuid(text):
            return normalize_uuid(text) or ""
        found = find(self.nova, text, all_projects=not self.own_project)
        exact = [server for server in found if server.name == text] or found
        if not exact:
            raise forms.ValidationError(_("No instance matches. To find a deleted instance, enter its ID."))
        if len(exact) > 1:
            names = ", ".join(f"{server.name} ({server.id})" for server in exact[:5])
            raise forms.ValidationError(
                _("Several instances match: %(names)s. Enter an instance ID."), params={"names": names}
            )
        return exact[0].id

    def clean(self) -> dict[str, Any]:
        """Check that the period does not end before it starts."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("The end of the period is before its start."))
        return data

    def filters(self) -> Filters:
        """Return the filters for Nova."""
        data = {name: self.cleaned_data.get(name) or None for name in self.fields}
        return Filters(
            status=data["status"],
            type=data["type"],
            host=data.get("host"),
            instance_id=data["instance"],
            project_id=self.own_project or data.get("project"),
            user_id=data["user"],
            changed_since=data["since"],
            changed_before=data["until"],
        )
