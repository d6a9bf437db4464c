# SPDX-License-Identifier: Apache-2.0
"""The modules that run in the virtualenv: one process for each service."""
