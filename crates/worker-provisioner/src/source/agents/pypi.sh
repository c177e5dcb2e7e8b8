#!/bin/sh
# Fetches the wheel of pypi://NAME@VERSION to a file, by pip itself and so from whatever index it is
# set up for. A wheel of another machine: pypi://NAME@VERSION?platform=TAG[&python=VERSION][&abi=TAG]
# usage: pypi.sh URL FILE
# In makepkg.conf: DLAGENTS+=('pypi::/path/to/pypi.sh %u %o')
set -eu

refuse() {
    printf 'pypi source %s: %s\n' "$url" "$1" >&2
    exit 2
}

url=$1
file=$2

package=${url#pypi://}
query=
case $package in
    *\?*)
        query=${package#*\?}
        package=${package%%\?*}
        ;;
esac
name=${package%@*}
version=${package##*@}

plain() {
    case $1 in
        '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 1 ;;
    esac
}
case $package in
    *@*) ;;
    *) refuse 'it is not pypi://NAME@VERSION' ;;
esac
plain "$name" || refuse 'NAME is not a package name'
case $version in
    [!0-9]* | *[!A-Za-z0-9.+!-]* | '') refuse 'VERSION is not an exact version' ;;
esac

set --
while [ -n "$query" ]; do
    pair=${query%%&*}
    case $query in
        *\&*) query=${query#*&} ;;
        *) query= ;;
    esac
    plain "${pair#*=}" || refuse 'a value after ? is not a tag'
    case $pair in
        platform=*) set -- "$@" --platform "${pair#*=}" ;;
        python=*) set -- "$@" --python-version "${pair#*=}" ;;
        abi=*) set -- "$@" --abi "${pair#*=}" ;;
        *) refuse 'only platform, python and abi can stand after ?' ;;
    esac
done

if command -v pip3 >/dev/null; then
    pip() { command pip3 "$@"; }
elif command -v pip >/dev/null; then
    pip() { command pip "$@"; }
elif command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; then
    pip() { python3 -m pip "$@"; }
else
    echo 'pip is not installed' >&2
    exit 127
fi

case $file in
    /*) ;;
    *) file=$PWD/$file ;;
esac
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd -- "$work"
pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --no-cache-dir \
    "$@" -d "$work" "$name==$version" >&2

set -- *.whl
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    refuse 'pip download made no single wheel'
fi
mv -f -- "$1" "$file"
