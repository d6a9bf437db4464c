# SPDX-License-Identifier: Apache-2.0
"""The rows of the board, read anew in few calls, and what they say."""
