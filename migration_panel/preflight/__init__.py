# SPDX-License-Identifier: Apache-2.0
"""What is known before a migration starts: checks, destinations, free capacity, duration.

``query`` and ``fit_query`` read from OpenStack, pure rules judge, ``text`` and ``fit_text`` have the sentences.
"""
