# SPDX-License-Identifier: Apache-2.0
"""The page of one migration, and the tab on Horizon's page of its instance."""
