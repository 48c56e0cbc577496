# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run demo``: choose, tell, sum up. A step that does not show what it should ends it with exit status 1.

The collection is the one that Ansible finds; ``./run demo`` builds and installs it first.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from lab import Lab, LabError
from lab.demo import lists
from lab.demo.change import ChangeStory
from lab.demo.fleet import NAME, Fleet, FleetStory
from lab.demo.lists import LISTS
from lab.demo.platforms import PLATFORMS
from lab.demo.stage import DemoError, Stage
from lab.demo.story import Story
from lab.host import REPOSITORY

_LOG_LINES = 40


def main(arguments: t.Sequence[str]) -> int:
    """Tell the story; return the exit status."""
    options = _options(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    state = Path(tempfile.mkdtemp(prefix="allowlist-demo-"))
    try:
        return _told(_story(options, state))
    except KeyboardInterrupt:
        print("\nInterrupted; the lab is down.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _story(options: argparse.Namespace, state: Path) -> Story | FleetStory | ChangeStory:
    """Return what is to be told; its lab, and all that is simulated, keep their files in `state`."""
    results: Path = options.results.resolve()
    if options.story == "change":
        return ChangeStory(Stage(Lab(ChangeStory.topology(), state=state / "lab"), results))
    if options.platform == NAME:
        fleet = Fleet(state / "simulated")
        stage = Stage(Lab(fleet.topology(), state=state / "lab"), results, fleet.environment)
        return FleetStory(stage, fleet, lists.FLEET)
    platform = PLATFORMS[options.platform]()
    stage = Stage(Lab(platform.topology(), state=state / "lab"), results)
    return Story(stage, platform, LISTS[options.list or next(iter(LISTS))])


def _told(story: Story | FleetStory | ChangeStory) -> int:
    """Tell it; return the exit status."""
    stage, begun = story.stage, time.monotonic()
    try:
        story.tell()
    except (DemoError, LabError, OSError, ValueError) as error:
        print(f"\nThe demo ends here: {error}", file=sys.stderr)
        if stage.log.exists():
            tail = stage.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
            print("\n".join(["What Ansible said last:", *tail]), file=sys.stderr)
        return 1
    _summarise(stage, time.monotonic() - begun)
    return 0


def _options(arguments: t.Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description="The main job, told in the lab.")
    told = "; ".join(f"{name}: {listing.title}" for name, listing in LISTS.items())
    first = next(iter(LISTS))
    parser.add_argument("--list", choices=list(LISTS), help=f"what is applied ({told}; default: {first})")
    platforms = [*PLATFORMS, NAME]
    several = f"to what (%(default)s); {NAME} is several platforms at once, with a list of its own: {lists.FLEET.title}"
    parser.add_argument("--platform", choices=platforms, default=platforms[0], help=several)
    parser.add_argument(
        "--story",
        choices=["list", "change"],
        default="list",
        help="what is told: a list on one platform, or changes over three Squids (%(default)s)",
    )
    default = REPOSITORY / ".cache" / "demo"
    parser.add_argument("--results", type=Path, default=default, help="where reports and logs go (%(default)s)")
    options = parser.parse_args(arguments)
    if options.platform == NAME and options.list:
        parser.error(f"--list: the {NAME} has a list of its own; leave --list out")
    return options


def _summarise(stage: Stage, seconds: float) -> None:
    """Print what was seen, step by step."""
    print("\n== What was seen")
    for number, step in enumerate(stage.steps, 1):
        print(f"   {number:2}. {step.seconds:5.1f} s  {step.title}\n                {step.seen}")
    print(f"\n   Reports, and all that Ansible said: {stage.results}")
    print(f"   {len(stage.steps)} steps, each as it should be, in {seconds:.1f} s.")


def _interrupted(number: int, _frame: t.Any) -> t.NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
