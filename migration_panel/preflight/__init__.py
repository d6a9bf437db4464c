# SPDX-License-Identifier: Apache-2.0
"""What is known before a migration starts: checks, destinations, free capacity, duration.

``query`` and ``fit_query`` read; the rules are pure; ``text`` and ``fit_text`` put their results into sentences.
"""
