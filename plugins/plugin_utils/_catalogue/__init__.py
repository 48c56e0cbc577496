# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: which endpoints the documents ask for, dated and sourced.

==================  ==================================================================
`names`             one name as a document or a user writes it
`mends`             the rules by which a name was repaired, and the reviewed torn names
`tables`            the rows of a Markdown page's tables
`markdown`          such rows, as an edition
`text`, `listing`   a list: one name per line, or YAML
`separated`         a table of separated values; `columns` is what its headers, and those of Markdown, mean
`webservice`        an answer of the Office 365 web service
`draft`             what an importer gathers
`treatments`        which names must not be inspected, or reached without a login, and who says so
`safe_yaml`         a user's YAML, read without harm
`edition`           the value classes
`requirements`      what documents ask of an appliance
`stored`            an edition as the bytes that are shipped, and back
`domains`           what an edition is given before it is stored
`shipped`           which sources and editions there are
`kept`              those that updates keep in a directory of the user's, and which one is in force
`files`             a user's file: read, format, import
`tenant`            what fills ``<tenant>``, and which wildcards stand for all tenants
`index`             endpoints by the names and networks that they cover
`explain`           which of them allow a name; `nearest` is what stands near where none does, `slips` what is mistyped
`filters`           what may be asked of an endpoint itself
`selection`         what everybody calls: sources and filters in, endpoints out
==================  ==================================================================

Importers take text and give editions; only `shipped`, `kept` and `files` read anything.
"""
