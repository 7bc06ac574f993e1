#!/bin/sh
# Install what is missing, by apt, and only that: deps.sh [build] [test].
#
# Fast when nothing is to be done: a stamp under build/ names the lists that were satisfied. It is
# trusted as long as the lists and the machine's installed packages stay what they were.
set -eu
cd "$(dirname "$0")/.."

build='gcc g++ libc6-dev pkg-config meson ninja-build python3 ca-certificates tzdata
    libuv1-dev node-llhttp libsqlite3-dev libsodium-dev libjansson-dev libunistring-dev
    libidn2-dev libssl-dev libpq-dev libzstd-dev zlib1g-dev libqrencode-dev'
test='libcmocka-dev clang libclang-rt-14-dev chromium fonts-liberation openssl faketime postgresql pgbouncer curl'

wanted=
for kind in "${@:-build}"; do
    case "$kind" in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    *) echo "usage: tools/deps.sh [build] [test]" >&2; exit 2 ;;
    esac
done

stamp="build/deps-$(echo "${@:-build}" | tr ' ' '-').stamp"
now=$(printf '%s\n' "$wanted"; stat -c %Y /var/lib/dpkg/status 2>/dev/null || true)
if [ -f "$stamp" ] && [ "$now" = "$(cat "$stamp")" ]; then exit 0; fi

# Node and npm may come from elsewhere (another archive's npm conflicts with Debian's): what
# counts is that they are there.
missing() {
    for package in $wanted; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$package"
    done
    command -v node >/dev/null || printf 'nodejs '
    command -v npm >/dev/null || printf 'npm '
}

if ! command -v apt-get >/dev/null; then
    echo "tools/deps.sh knows Debian only; please install the likes of: $wanted nodejs npm" >&2
    exit 1
fi
absent=$(missing)
if [ -n "$absent" ]; then
    echo "Missing: $absent"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        if ! command -v sudo >/dev/null || ! sudo true; then
            printf '%s\n' "$(id -un) may not install them. As root, run" "" \
                "    apt-get update && apt-get install --no-install-recommends $absent" "" \
                "and then make again." >&2
            exit 1
        fi
    fi
    echo "Installing them; this may take some minutes."
    # Another apt may be at work, as a new machine's updates are: it is waited for.
    install() {
        # shellcheck disable=SC2086
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
            --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
            $absent </dev/null >/dev/null
    }
    # Lists that are fresh enough save the update; stale ones name packages that are gone.
    lists=$(find /var/lib/apt/lists -name '*Packages*' -mtime -1 2>/dev/null | head -n 1)
    if [ -z "$lists" ] || ! install; then
        $as_root apt-get update -q >/dev/null
        install
    fi
    absent=$(missing)
    if [ -n "$absent" ]; then
        echo "These could not be installed: $absent" >&2
        exit 1
    fi
fi

mkdir -p build
{ printf '%s\n' "$wanted"; stat -c %Y /var/lib/dpkg/status 2>/dev/null || true; } >"$stamp"
