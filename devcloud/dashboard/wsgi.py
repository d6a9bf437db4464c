# SPDX-License-Identifier: Apache-2.0
"""One application that serves the static files and Horizon."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devcloud.dashboard.settings")


def merged_slashes(inner: WSGIApplication) -> WSGIApplication:
    """Return an application that reads two slashes in a path as one slash, as Apache does.

    Horizon's material theme loads its icons from "/static//horizon/...".
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = re.sub("/{2,}", "/", environ["PATH_INFO"])
        return inner(environ, start_response)

    return application


application = merged_slashes(WhiteNoise(get_wsgi_application(), root=settings.STATIC_ROOT, prefix=settings.STATIC_URL))
