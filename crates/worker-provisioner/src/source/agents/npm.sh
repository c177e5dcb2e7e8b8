#!/bin/sh
# Fetches npm://NAME@VERSION to a file, by npm itself and so from whatever registry it is set up for.
# usage: npm.sh URL FILE
# In makepkg.conf: DLAGENTS+=('npm::/path/to/npm.sh %u %o')
set -eu

refuse() {
    printf 'npm source %s: %s\n' "$url" "$1" >&2
    exit 2
}

url=$1
file=$2

package=${url#npm://}
name=${package%@*}
version=${package##*@}

plain() {
    case $1 in
        '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9._~-]*) return 1 ;;
    esac
}
case $name in
    @*/*)
        scope=${name#@}
        plain "${scope%%/*}" && plain "${scope#*/}" || refuse 'NAME is not a package name'
        ;;
    *) plain "$name" || refuse 'it is not npm://NAME@VERSION' ;;
esac
case $version in
    [!0-9]* | *[!A-Za-z0-9.+-]* | '') refuse 'VERSION is not an exact version' ;;
esac

command -v npm >/dev/null || {
    echo 'npm is not installed' >&2
    exit 127
}

case $file in
    /*) ;;
    *) file=$PWD/$file ;;
esac
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd -- "$work"
npm pack --ignore-scripts --update-notifier=false --loglevel=error "$name@$version" >/dev/null

set -- *.tgz
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    refuse 'npm pack made no single file'
fi
mv -f -- "$1" "$file"
