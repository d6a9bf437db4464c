# SPDX-License-Identifier: Apache-2.0
"""Evacuation of a host that is down."""
