# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium without a window, driven by Selenium: what a page looks like, says, asks for and breaks."""

from __future__ import annotations

import base64
import contextlib
import json
import typing as t
from pathlib import Path

from axe_selenium_python import Axe
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

PHONE: t.Final = 390
DESKTOP: t.Final = 1280
THEMES: t.Final = ("light", "dark")

_ARGUMENTS: t.Final = (
    "--headless=new",
    "--no-sandbox",  # root has none, and what is opened is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
)


class Browser:
    """One browser; each page is opened as a file, at a width and in a theme."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, width: int = DESKTOP, theme: str = "light", media: str = "screen") -> None:
        """Open a page, for a screen or for paper."""
        command = self.driver.execute_cdp_cmd
        command(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        features = [{"name": "prefers-color-scheme", "value": theme}]
        command("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.driver.get(page.as_uri())

    def run(self, script: str) -> t.Any:
        """Run a script in the page and return its value."""
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the console said since it was asked last."""
        return [f"{item['level']}: {item['message']}" for item in self.driver.get_log("browser")]

    def asked(self) -> list[str]:
        """Return every address that the browser asked for since it was asked last."""
        entries = [json.loads(item["message"])["message"] for item in self.driver.get_log("performance")]
        return [item["params"]["request"]["url"] for item in entries if item["method"] == "Network.requestWillBeSent"]

    def wider_than_page(self) -> int:
        """Return by how many pixels the page can be moved sideways."""
        return int(self.run("const e = document.scrollingElement; return e.scrollWidth - e.clientWidth"))

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong, a line for each rule and element."""
        axe = Axe(self.driver)
        axe.inject()
        found = axe.run()
        return [
            f"{rule['id']}: {node['target']}: {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def picture(self, path: Path, first: str | None = None, last: str | None = None) -> None:
        """Keep a picture of the whole page, or of what lies between two elements, given as CSS selectors."""
        asked: dict[str, t.Any] = {"captureBeyondViewport": True, "format": "png"}
        if first and last:
            edges = "const e = s => document.querySelector(s).getBoundingClientRect(); return "
            top, bottom = self.run(f"{edges}[e({first!r}).top + scrollY, e({last!r}).bottom + scrollY]")
            width = self.run("return document.documentElement.clientWidth")
            asked["clip"] = {"x": 0, "y": top, "width": width, "height": bottom - top, "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", asked)
        path.write_bytes(base64.b64decode(shot["data"]))

    def paper(self, path: Path) -> None:
        """Keep the page as it is printed, on A4."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        printed = self.driver.execute_cdp_cmd(
            "Page.printToPDF", {"preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69}
        )
        path.write_bytes(base64.b64decode(printed["data"]))


@contextlib.contextmanager
def browser(profile: Path) -> t.Iterator[Browser]:
    """Start a browser with a profile of its own, for as long as the context lasts."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options, Service("/usr/bin/chromedriver"))
    try:
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(120)
        driver.get("about:blank")  # and not the page of a new tab, which asks for much
        yield Browser(driver)
    finally:
        driver.quit()
