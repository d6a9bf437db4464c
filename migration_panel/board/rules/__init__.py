# SPDX-License-Identifier: Apache-2.0
"""What Nova tells of a migration, judged: its phase, progress, pace, the reason of its failure, what may be done."""
