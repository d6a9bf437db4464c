# SPDX-License-Identifier: Apache-2.0
"""The pages of a drain and of a return."""
