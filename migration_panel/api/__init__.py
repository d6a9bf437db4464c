# SPDX-License-Identifier: Apache-2.0
"""Access to OpenStack: the only package that imports novaclient and keystoneauth.

``nova``, ``placement``, ``neutron`` and ``keystone`` make the calls.  ``models``, ``host_models`` and
``placement_models`` are the records that they return; these modules import neither library.
"""
