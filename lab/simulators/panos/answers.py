# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the XML API, and how requests for them are refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from lab.simulators.server import Reply

BAD_XPATH = "6"
NOT_PRESENT = "7"
IN_USE = "10"
INVALID = "12"
NOT_POSSIBLE = "14"
DENIED = "15"
UNAUTHORISED = "16"
INVALID_COMMAND = "17"
MALFORMED = "18"


class Refused(Exception):
    """What the device will not do; `code` is the API's own, and `status` that of HTTP."""

    def __init__(self, code: str, *lines: str, status: int = 200) -> None:
        """Keep what is said, a line each."""
        super().__init__(*lines)
        self.code = code
        self.lines = lines
        self.status = status

    def reply(self) -> Reply:
        """Return the answer."""
        if self.status != 200:
            text = f"<result><msg>{escape(self.lines[0])}</msg></result>"
        else:
            text = f"<msg>{''.join(f'<line>{escape(line)}</line>' for line in self.lines)}</msg>"
        return Reply.of_xml(f'<response status="error" code="{self.code}">{text}</response>', self.status)


def success(result: str | ET.Element | None = None, code: str | None = None) -> Reply:
    """Return an answer with what is asked for."""
    inner = ET.tostring(result, encoding="unicode") if isinstance(result, ET.Element) else result or "<result/>"
    told = f' code="{code}"' if code else ""
    return Reply.of_xml(f'<response status="success"{told}>{inner}</response>')


def done(message: str = "command succeeded") -> Reply:
    """Return the answer to a change of the candidate configuration."""
    return success(f"<msg>{escape(message)}</msg>", "20")


def element(tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    """Return a new element."""
    made = ET.Element(tag, attributes)
    made.text = text
    return made


def parsed(text: str) -> ET.Element:
    """Return the XML of a request; refuses what is none, and what declares entities."""
    if "<!" in text:
        raise Refused(MALFORMED, "Malformed Request")
    try:
        return ET.fromstring(text)
    except ET.ParseError as error:
        raise Refused(MALFORMED, "Malformed Request") from error
