#!/bin/sh
# Make the build folder DIR ready for ninja: configure.sh DIR [MESON-OPTION...].
# Meson lists its sources when it configures, so it is asked again whenever a file came or went.
set -eu
cd "$(dirname "$0")/.."
dir=$1
shift
# Where nobody reads warnings, they are errors.
[ -z "${CI:-}" ] || set -- "$@" --werror

list=$(tools/sources.sh all; printf '%s\n' "$@")
if [ ! -f "$dir/build.ninja" ]; then
    meson setup "$dir" "$@" >"/tmp/zulauf-meson.$$" 2>&1 || {
        cat "/tmp/zulauf-meson.$$" >&2
        rm -f "/tmp/zulauf-meson.$$"
        exit 1
    }
    rm -f "/tmp/zulauf-meson.$$"
elif [ "$list" != "$(cat "$dir/sources.list" 2>/dev/null || true)" ]; then
    meson setup --reconfigure "$dir" "$@" >/dev/null
fi
printf '%s\n' "$list" >"$dir/sources.list"
