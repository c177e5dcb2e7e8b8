#!/usr/bin/env bash
# What the hive adds to a build: whisper-server's build() run by hand, against `worker
# install` of the same recipe with its source at hand. One run each.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need bsdtar cmake ninja npm
need_hive

# A source beside the PKGBUILD is not downloaded.
recipe=$scratch/whisper-server
cp -r "$repository/recipes/whisper-server" "$recipe"
# shellcheck disable=SC1091,SC2154 # `source` is the recipe's array
declared=$(source "$recipe/PKGBUILD" && echo "${source[0]}")
archive=${declared%%::*}
package=${declared##*npm://}
(cd "$scratch" && npm pack --silent "$package" >"$scratch/log" 2>&1) || fail "$(cat "$scratch/log")"
mv "$scratch/"*.tgz "$recipe/$archive"

by_hand() {
  mkdir "$scratch/src" "$scratch/pkg"
  cd "$scratch/src"
  bsdtar -xf "$recipe/$archive"
  CARCH=$(uname -m) srcdir=$scratch/src pkgdir=$scratch/pkg bash -e -c '
    source "$0/PKGBUILD"
    (build)
    (cd "$srcdir" && package)
  ' "$recipe"
}

echo 'build: by hand' >&2
seconds by_hand
hand=$elapsed
cd "$scratch"
rm -rf "$scratch/src" "$scratch/pkg"
sync
echo 'build: with the hive' >&2
seconds "$hive" --quiet --data-dir "$scratch/data" --cache-dir "$scratch/cache" \
  worker install --recipe "$recipe"
ratio=$(calculate "$elapsed / $hand" %.3f)
report build "by hand $hand s, rbee-hive $elapsed s, ratio $ratio" "$ratio" '<=' 1.05
