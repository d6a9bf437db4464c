# SPDX-License-Identifier: Apache-2.0
"""The form of one type, and the checks on it."""
