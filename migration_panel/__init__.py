# SPDX-License-Identifier: Apache-2.0
"""Moves instances between compute hosts from Horizon, and follows each move to its end."""
