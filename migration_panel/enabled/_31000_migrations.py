# SPDX-License-Identifier: Apache-2.0
FEATURE = "migration_panel"
ADD_INSTALLED_APPS = ["migration_panel"]
ADD_SCSS_FILES = ["migration_panel/scss/migration_panel.scss"]
