# SPDX-License-Identifier: Apache-2.0
"""Start migrations: search for an instance, choose a type, the form of one instance, and of several instances."""
