# SPDX-License-Identifier: Apache-2.0
"""What Django's cache holds of migrations for a while, in common for all who may see them."""
