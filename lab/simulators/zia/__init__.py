# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant of Zscaler Internet Access, as its cloud service API shows it.

What is answered follows Zscaler's help (zia/url-categories, zia/activation, zia/api-authentication,
zia/user-authentication-settings, zia/api-response-codes-and-error-messages, zia/api-rate-limit-summary) and real
traffic that the vendor recorded (the cassettes of zscaler/zscaler-sdk-python). Where neither says what becomes of a
request, it is refused, so that nobody can rely on it.
"""

from lab.simulators.zia.device import Zia
from lab.simulators.zia.logins import CLIENT, KEY, PASSWORD, READER, SECRET, USER, VANITY

__all__ = ["CLIENT", "KEY", "PASSWORD", "READER", "SECRET", "USER", "VANITY", "Zia"]
