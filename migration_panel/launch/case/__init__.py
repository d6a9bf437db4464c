# SPDX-License-Identifier: Apache-2.0
"""What is known of one instance that may be migrated, and what follows from it."""
