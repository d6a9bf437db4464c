# SPDX-License-Identifier: Apache-2.0
"""Why there was no usable answer, where the service itself has not said it: half-sentences for ``reason``."""

from django.utils.translation import gettext_lazy as _

NO_ANSWER = _("It did not answer in time.")
OUT_OF_TIME = _("This page has reached its time limit.")
TOO_MANY_CALLS = _("This page has reached its limit of requests to OpenStack.")
NO_CONNECTION = _("It could not be reached.")
UNREADABLE_ANSWER = _("Its answer could not be read.")
TOO_OLD = _("Its API is %(offered)s, older than %(needed)s.")
NO_MICROVERSION = _(
    "Its API has no microversions, but %(needed)s is required. The service catalog may list an old endpoint."
)
NO_ENDPOINT = _(
    "The catalog lists no “%(interface)s” endpoint for the service type “%(service)s” in region “%(region)s”."
)
NO_END_OF_TIME = _("It cannot search by an end of time before 2.66.")
WITHHELD = _("Its own words may name hosts: it tells them to administrators only.")
NO_ASKER = _("Before 2.80 it lists the migrations of all projects and users only.")
