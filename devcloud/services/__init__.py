# SPDX-License-Identifier: Apache-2.0
"""What runs in the virtualenv: one process for each service."""
