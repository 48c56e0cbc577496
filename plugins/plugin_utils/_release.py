# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of the collection this is."""

from __future__ import annotations

import typing as t

RELEASE: t.Final = "0.1.0"
"""As galaxy.yml says it, which is not there any more once the collection is installed."""
