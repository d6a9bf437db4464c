# SPDX-License-Identifier: Apache-2.0
"""Following: what is under way, how far it is, what may be done about it, and what has been."""
