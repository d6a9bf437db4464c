# SPDX-License-Identifier: Apache-2.0
"""Pictures of every page and state, to look at."""
