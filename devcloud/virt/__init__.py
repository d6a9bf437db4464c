# SPDX-License-Identifier: Apache-2.0
"""The simulated hypervisor. Nova loads its driver as nova.virt.simulated."""
