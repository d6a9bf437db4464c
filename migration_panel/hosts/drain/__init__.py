# SPDX-License-Identifier: Apache-2.0
"""Drain a host and return its instances: pure rules, the service that carries them out, and the pages."""
