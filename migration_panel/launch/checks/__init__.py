# SPDX-License-Identifier: Apache-2.0
"""What stands against a migration: one function for each code, one table, one set of sentences."""
