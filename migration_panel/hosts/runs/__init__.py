# SPDX-License-Identifier: Apache-2.0
"""A drain and the return from it, as far as rules go: order, ways, plan, and what has become of each instance."""
