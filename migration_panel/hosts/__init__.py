# SPDX-License-Identifier: Apache-2.0
"""Hosts: the page of all of them, evacuation, and maintenance, which empties a host and fills it again."""
