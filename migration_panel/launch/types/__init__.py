# SPDX-License-Identifier: Apache-2.0
"""The four types side by side for one instance."""
