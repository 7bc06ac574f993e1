#!/bin/sh
# Make the build folder DIR ready for ninja: configure.sh DIR [MESON-OPTION...].
# Meson lists its sources when it configures, so it is asked again whenever a file came or went,
# and when the tests' library did: `make run` does not need it, `make test` installs it later.
set -eu
cd "$(dirname "$0")/.."
dir=$1
shift
# Where nobody reads warnings, they are errors; a caller's own word comes later and wins.
set -- -Dwerror="$([ -n "${CI:-}" ] && echo true || echo false)" "$@"

list=$(tools/sources.sh all; printf '%s\n' "$@"; pkg-config --modversion cmocka 2>/dev/null || true)
again=
if [ -f "$dir/build.ninja" ]; then
    [ "$list" != "$(cat "$dir/sources.list" 2>/dev/null || true)" ] || exit 0
    again=--reconfigure
fi
said=$(meson setup $again "$dir" "$@" 2>&1) || {
    printf '%s\n' "$said" >&2
    exit 1
}
printf '%s\n' "$list" >"$dir/sources.list"
