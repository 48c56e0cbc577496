# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proxy denied, judged by the list: `judging` is pure, `text` writes it for people.

The log is read where it stands, by `module_utils/_denied`; what comes here is already counted.
"""
