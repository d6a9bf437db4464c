# SPDX-License-Identifier: Apache-2.0
"""Starting: which types suit an instance, which hosts can take it, and the forms that ask Nova."""
