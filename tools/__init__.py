# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the project's nox sessions are made of. Nothing here is shipped with the collection."""
