# SPDX-License-Identifier: Apache-2.0
"""Carries out a drain or a return: reads how it stands, begins it, goes on with it."""
