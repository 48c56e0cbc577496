# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a proxy auto-configuration file that is the same for every list.

Before it stand ``OTHERS``, ``TARGETS``, ``GROUPS`` ([rank of the target, [low, high] ports ...]) and, an entry a line
and each with its group last, ``NAMES`` ([name]), ``BELOW`` ([dot and domain]), ``GLOBS`` ([literal end, expression]),
``PATHS`` ([literal end, expression, path]) and ``NETWORKS`` ([network]).
"""

from __future__ import annotations

import typing as t

SCRIPT: t.Final = r"""
var has = Object.prototype.hasOwnProperty;

function index(entries, key) {
  var found = {}, i, k;
  for (i = 0; i < entries.length; i++) {
    k = key(entries[i]);
    if (!has.call(found, k)) { found[k] = []; }
    found[k].push(entries[i]);
  }
  return found;
}

function first(entry) { return entry[0]; }

function domain(entry) { return entry[0].substring(1); }

function bits(text) {
  var version = text.indexOf(":") < 0 ? 4 : 6, radix = version == 4 ? 10 : 16, width = version == 4 ? 8 : 16;
  var parts, halves, i, number, out = "";
  if (version == 6) {
    parts = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
    if (parts) {
      text = parts[1] + (parts[2] * 256 + parts[3] * 1).toString(16) + ":";
      text += (parts[4] * 256 + parts[5] * 1).toString(16);
    }
    halves = text.split("::");
    if (halves.length > 2) { return ""; }
    parts = halves[0] ? halves[0].split(":") : [];
    if (halves.length == 2) {
      halves = halves[1] ? halves[1].split(":") : [];
      while (parts.length + halves.length < 8) { parts.push("0"); }
      parts = parts.concat(halves);
    }
    if (parts.length != 8) { return ""; }
  } else {
    parts = text.split(".");
    if (parts.length != 4) { return ""; }
  }
  for (i = 0; i < parts.length; i++) {
    if (!(version == 4 ? /^(0|[1-9][0-9]{0,2})$/ : /^[0-9a-f]{1,4}$/).test(parts[i])) { return ""; }
    number = parseInt(parts[i], radix);
    if (version == 4 && number > 255) { return ""; }
    number = number.toString(2);
    while (number.length < width) { number = "0" + number; }
    out += number;
  }
  return version + out;
}

function network(entry) {
  var parts = entry[0].split("/");
  return bits(parts[0]).substring(0, 1 + parts[1] * 1);
}

var names = index(NAMES, first), below = index(BELOW, domain), globs = index(GLOBS, first);
var paths = index(PATHS, first), networks = index(NETWORKS, network);

function best(entries, port, rank) {
  var i, j, group;
  for (i = 0; i < entries.length; i++) {
    group = GROUPS[entries[i][entries[i].length - 1]];
    if (group[0] >= rank) { continue; }
    for (j = 1; j < group.length; j++) {
      if (group[j][0] <= port && port <= group[j][1]) { rank = group[0]; }
    }
  }
  return rank;
}

function matching(entries, host) {
  var kept = [], i;
  for (i = 0; i < entries.length; i++) {
    if (entries[i][1].test(host)) { kept.push(entries[i]); }
  }
  return kept;
}

function onPath(entries, path) {
  var kept = [], i, wanted;
  for (i = 0; i < entries.length; i++) {
    wanted = entries[i][2];
    if (wanted.charAt(wanted.length - 1) != "*") {
      if (path === wanted) { kept.push(entries[i]); }
    } else if (path.indexOf(wanted.substring(0, wanted.length - 1)) === 0 && !/[?%]|\/\.\.?(\/|$)/.test(path)) {
      kept.push(entries[i]);
    }
  }
  return kept;
}

var PORTS = { http: 80, ws: 80, https: 443, wss: 443, ftp: 21 };
var URL = /^([a-z][a-z0-9+.-]*):\/\/([^\/?#]*)([^#]*)/i, PORT = /:([0-9]+)$/;
var NAME = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

function byAddress(address, port) {
  var rank = TARGETS.length, i, end;
  for (i = 1; i <= address.length; i++) {
    end = address.substring(0, i);
    if (has.call(networks, end)) { rank = best(networks[end], port, rank); }
  }
  return rank;
}

function byName(host, port, path) {
  var rank = TARGETS.length, end = host, dot;
  if (has.call(names, host)) { rank = best(names[host], port, rank); }
  for (;;) {
    if (end !== host && has.call(below, end)) { rank = best(below[end], port, rank); }
    if (has.call(globs, end)) { rank = best(matching(globs[end], host), port, rank); }
    if (path && has.call(paths, end)) { rank = best(onPath(matching(paths[end], host), path), port, rank); }
    dot = end.indexOf(".");
    if (dot < 0) { break; }
    end = end.substring(dot + 1);
  }
  return rank < TARGETS.length && host.length <= 253 && NAME.test(host) ? rank : TARGETS.length;
}

function FindProxyForURL(url, host) {
  var parts = URL.exec(url), scheme, port, last, rank;
  if (!parts) { return OTHERS; }
  scheme = parts[1].toLowerCase();
  port = PORT.exec(parts[2]);
  port = port ? port[1] * 1 : has.call(PORTS, scheme) ? PORTS[scheme] : 0;
  host = host.toLowerCase();
  if (host.charAt(0) == "[") { host = host.substring(1, host.length - 1); }
  last = host.charAt(host.length - 1);
  if (last == ".") {
    host = host.substring(0, host.length - 1);
    last = host.charAt(host.length - 1);
  }
  if (host.indexOf(":") >= 0 || (last >= "0" && last <= "9" && bits(host))) {
    rank = byAddress(bits(host), port);
  } else {
    rank = byName(host, port, scheme == "http" ? parts[3] || "/" : "");
  }
  return rank < TARGETS.length ? TARGETS[rank] : OTHERS;
}
"""
