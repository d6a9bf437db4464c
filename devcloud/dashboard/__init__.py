# SPDX-License-Identifier: Apache-2.0
"""Horizon as an operator would deploy it, with the panel enabled from this checkout."""
