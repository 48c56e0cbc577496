# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: which endpoints the documents ask for, dated and sourced.

==================  ==================================================================
`names`             one name as a document or a user writes it
`mends`             the rules by which a name was repaired, and the reviewed torn names
`tables`            the rows of a Markdown page's tables
`markdown`          such rows, as an edition
`text`, `listing`   a user's own list: one name per line, or YAML
`safe_yaml`         a user's YAML, read without harm
`edition`           the value classes
`requirements`      what documents ask of an appliance
`stored`            an edition as the bytes that are shipped, and back
`shipped`           which sources and editions there are
`files`             a user's file: read, format, import
`tenant`            what fills ``<tenant>``
`selection`         what everybody calls: sources and filters in, endpoints out
==================  ==================================================================

Importers take text and give editions; only `shipped` and `files` read anything.
"""
