# SPDX-License-Identifier: Apache-2.0
"""Compute hosts: the page of all hosts, evacuation, and drain and return."""
