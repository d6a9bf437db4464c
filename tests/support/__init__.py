# SPDX-License-Identifier: Apache-2.0
"""Helpers of the test suites: answers, clouds, users, and steps in the browser."""
