# SPDX-License-Identifier: Apache-2.0
"""Helpers of the test suites: answers of OpenStack, fake clouds, users, and steps in the browser."""
