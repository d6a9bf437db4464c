# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.api.nova import Nova
from migration_panel.board.history.query import Filters
from migration_panel.board.status import PHASES
from migration_panel.board.status import TYPES as SLUGS
from migration_panel.board.text import TYPES
from migration_panel.identifiers import normalize_uuid
from migration_panel.migrate.search import find
from migration_panel.times import as_utc

ANY = ("", gettext_lazy("Any"))


class Moment(forms.DateTimeInput):
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
    """What the past is searched by; it lives in the address."""

    status = forms.ChoiceField(label=gettext_lazy("Status in Nova"), required=False)
    type = forms.ChoiceField(label=gettext_lazy("Type"), required=False)
    instance = forms.CharField(label=gettext_lazy("Instance"), required=False, max_length=255)
    host = forms.CharField(label=gettext_lazy("Host, from or to"), required=False, max_length=255)
    project = forms.CharField(label=gettext_lazy("Project ID of who asked"), required=False, max_length=64)
    user = forms.CharField(label=gettext_lazy("User ID of who asked"), required=False, max_length=64)
    since = TimeField(label=gettext_lazy("Changed from"), required=False, widget=Moment())
    until = TimeField(label=gettext_lazy("Changed until"), required=False, widget=Moment())

    def __init__(self, *args: Any, nova: Nova, own_project: str | None, **kwargs: Any) -> None:
        """``own_project`` is the only one for those who do not see all."""
        super().__init__(*args, **kwargs)
        self.nova, self.own_project = nova, own_project
        self.fields["status"].choices = [ANY, *((status, status) for status in sorted(PHASES))]
        self.fields["type"].choices = [ANY, *((theirs, TYPES[ours]) for theirs, ours in SLUGS.items())]
        if own_project:
            del self.fields["host"], self.fields["project"]

    def clean_instance(self) -> str:
        """A name becomes the ID that Nova filters by."""
        text = self.cleaned_data["instance"].strip()
        if not text or normalize_uuid(text):
            return normalize_uuid(text) or ""
        found = find(self.nova, text, all_projects=not self.own_project)
        exact = [server for server in found if server.name == text] or found
        if not exact:
            raise forms.ValidationError(_("There is no such instance; a deleted one is found by its ID."))
        if len(exact) > 1:
            names = ", ".join(f"{server.name} ({server.id})" for server in exact[:5])
            raise forms.ValidationError(_("Several instances fit: %(names)s."), params={"names": names})
        return exact[0].id

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("This is before the other date."))
        return data

    def filters(self) -> Filters:
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
