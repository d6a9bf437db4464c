# SPDX-License-Identifier: Apache-2.0
"""The addresses below a panel, the same in both dashboards."""

from django.urls import URLPattern, register_converter
from django.urls.converters import StringConverter

from migration_panel.board.action_views import ActionView, InstanceActionView
from migration_panel.board.actions import ACTIONS
from migration_panel.board.detail.views import MigrationView
from migration_panel.board.history.views import HistoryView
from migration_panel.board.views import BoardView, StatusView
from migration_panel.hosts.drain.run_views import RunView
from migration_panel.hosts.drain.views import DrainView, ReturnView
from migration_panel.hosts.evacuate.views import EvacuateView
from migration_panel.hosts.listing.views import HostsView
from migration_panel.migrate.bulk_views import SeveralView
from migration_panel.migrate.search_views import FindView
from migration_panel.migrate.views import CheckView, ChooseView, MigrateView
from migration_panel.migration_types import KINDS
from migration_panel.routing import path
from migration_panel.scope import Scope


class KindConverter(StringConverter):
    """The slug of a type of migration."""

    regex = "|".join(KINDS)


class ActionConverter(StringConverter):
    """An action on a migration."""

    regex = "|".join(ACTIONS)


class HostConverter(StringConverter):
    """The name of a compute host (Nova: parameter_types.fqdn), except "." and "..", which browsers drop."""

    regex = r"(?!\.{1,2}/)[A-Za-z0-9._-]{1,255}"


class AnswerConverter(StringConverter):
    """An action on an instance that waits for confirmation."""

    regex = "confirm|revert"


register_converter(KindConverter, "kind")
register_converter(ActionConverter, "action")
register_converter(HostConverter, "host")
register_converter(AnswerConverter, "answer")


def panel_urls(scope: Scope) -> list[URLPattern]:
    """Return the addresses of a panel."""
    return [
        path("", BoardView.as_view(scope=scope), name="index"),
        path("status/", StatusView.as_view(scope=scope), name="status"),
        path("history/", HistoryView.as_view(scope=scope), name="history"),
        path("instances/", FindView.as_view(scope=scope), name="find"),
        path(
            "instances/<uuid:instance_id>/<answer:action>/",
            InstanceActionView.as_view(scope=scope),
            name="act-on-instance",
        ),
        path("instances/<uuid:instance_id>/", ChooseView.as_view(scope=scope), name="choose"),
        path("several/", SeveralView.as_view(scope=scope), name="several"),
        path("<uuid:migration_id>/", MigrationView.as_view(scope=scope), name="migration"),
        path("<uuid:migration_id>/<action:action>/", ActionView.as_view(scope=scope), name="act"),
        path("<uuid:instance_id>/<kind:kind>/", MigrateView.as_view(scope=scope), name="migrate"),
        path("<uuid:instance_id>/<kind:kind>/check/", CheckView.as_view(scope=scope), name="check"),
        *(hosts_urls(scope) if scope.all_projects else ()),
    ]


def hosts_urls(scope: Scope) -> list[URLPattern]:
    """Return the addresses of compute hosts, for users who see all projects."""
    return [
        path("hosts/", HostsView.as_view(scope=scope), name="hosts"),
        path("hosts/<host:host>/evacuate/", EvacuateView.as_view(scope=scope), name="evacuate"),
        path("hosts/<host:host>/drain/", DrainView.as_view(scope=scope), name="drain"),
        path("hosts/<host:host>/return/", ReturnView.as_view(scope=scope), name="return"),
        path("hosts/<host:host>/run/", RunView.as_view(scope=scope), name="run"),
    ]
