# SPDX-License-Identifier: Apache-2.0
"""Which hosts can take the instance, and the field to choose one with."""
