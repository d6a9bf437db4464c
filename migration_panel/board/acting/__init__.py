# SPDX-License-Identifier: Apache-2.0
"""What a reader does to a migration: confirm, revert, abort and the like."""
