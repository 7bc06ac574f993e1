#!/bin/sh
# What the build is made of, one path a line: sources.sh KIND (embed: folders, else files).
# The one list of files: meson.build and tools/configure.sh both read it.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

files() { # FOLDER PATTERN
    if [ -d "$1" ]; then find "$1" -type f -name "$2" ! -name '.*' | sort; fi
}

case "${1:-}" in
src) files src '*.c' | grep -v '^src/main\.c$' || true ;;
main) files src main.c | grep '^src/main\.c$' || true ;;
sql) files src '*.sql' ;;
migrations) files sql/migrations '*.sql' ;;
unit) files tests/unit 'test_*.c' ;;
store) files tests/store 'test_*.c' ;;
store-help) files tests/store '*.c' | grep -v '/test_[^/]*$' || true ;;
unit-help) files tests/unit '*.c' | grep -v '/test_[^/]*$' || true ;;
fuzz) files tests/fuzz 'fuzz_*.c' ;;
bench) files tests/bench '*.c' ;;
embed) for folder in ui/pages ui/public ui/mail ui/blocks ui/style ui/i18n ui/dist sql/migrations share; do
           if [ -d "$folder" ]; then echo "$folder"; fi
       done ;;
all) for kind in src main sql migrations unit store unit-help store-help fuzz bench embed; do
         "$0" "$kind" | sed "s|^|$kind |"
     done ;;
*) echo "usage: $0 src|main|sql|migrations|unit|store|unit-help|store-help|fuzz|bench|embed|all" >&2; exit 2 ;;
esac
