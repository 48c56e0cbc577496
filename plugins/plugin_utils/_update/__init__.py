# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates: from a source on the network or in a file to an edition in the user's directory, or not.

===============  =======================================================================
`options`        what a task says, checked
`feeds`          what is asked for: the web service of a cloud, or a list somewhere
`client`         one bounded GET over HTTPS, or of a file
`service`        the web service's own rules: version, endpoints, changes
`announced`      what its list of changes says of days to come
`asking`         what a source says today: nothing new, a new edition, or why not
`valve`          may an edition replace the one in force, and what is held for a while
`breadth`        which endpoints are wider than anything before
`in_force`       an answer with what is held beside it, as one edition
`store`          the user's directory, written so that no moment leaves it broken
`ticket`         what an update changes, as Markdown
`run`            one update, from asking to the result
`report`         results as plain data
===============  =======================================================================

`announced`, `breadth`, `in_force`, `ticket` and `valve` are pure; `client` and `store` alone read and write.
"""
