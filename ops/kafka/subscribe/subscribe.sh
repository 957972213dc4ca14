#!/usr/bin/env bash
# Shows each event of a topic once, from the first one on. Needs kcat and jq. Arguments: HOST:PORT TOPIC
kcat -q -u -C -b "$1" -t "$2" -o beginning -X isolation.level=read_committed -f '%s\n' |
  jq -c -n --unbuffered 'foreach inputs as $event ({};
    (.seen[$event.source][$event.id] | not) as $new | .seen[$event.source][$event.id] = true | .new = $new;
    select(.new) | $event)'
