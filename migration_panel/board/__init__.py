# SPDX-License-Identifier: Apache-2.0
"""The board: migrations in progress and their actions, the page of one migration, and the history."""
