# SPDX-License-Identifier: Apache-2.0
"""Finding the instance to migrate."""
