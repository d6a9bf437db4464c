# SPDX-License-Identifier: Apache-2.0
"""A Horizon plugin that migrates instances between compute hosts and shows the progress of each migration."""
