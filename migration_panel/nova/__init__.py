# SPDX-License-Identifier: Apache-2.0
"""The only place that knows novaclient and keystoneauth.

``client`` asks and orders, ``records`` is what comes back; importing a record imports neither library.
"""
