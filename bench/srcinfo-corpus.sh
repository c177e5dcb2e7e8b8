#!/usr/bin/env bash
# Whether `recipe srcinfo` prints what `makepkg --printsrcinfo` prints: for every PKGBUILD below
# a folder, run both and compare standard output byte for byte.
#
#   bench/srcinfo-corpus.sh DIR
#
#   HIVE     the program compared (default: target/release/rbee-hive)
#   CACHE    where makepkg's answers are kept, by the bytes of the recipe and the names beside
#            it (default: ${XDG_CACHE_HOME:-~/.cache}/rbee-srcinfo-corpus); makepkg takes a second
#            a recipe, so that the first run is slow and the next ones are not
#   JOBS     how many are compared at a time (default: 2)
#
# Prints the names of the recipes that differ, then counts: identical, refused by both, refused
# by one of them alone, other output. A recipe that makepkg refuses only because this host lacks
# a program (exit 15) is counted apart. Exits 1 if anything differs.
#
# Recipes are run. makepkg runs them without a sandbox: take a folder that you trust, or a
# container. As root, makepkg runs as nobody.

set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hive=$(realpath "${HIVE:-$repository/target/release/rbee-hive}")
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rbee-srcinfo-corpus}
[[ $# == 1 && -d $1 ]] || {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
[[ -x $hive ]] || {
  echo "no program $hive; build it, or name one in HIVE" >&2
  exit 2
}
folder=$(realpath "$1")
mkdir -p "$cache"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rbee-corpus.XXXXXX")
chmod 755 "$scratch"
mkdir -m 777 "$scratch/work"
trap 'rm -rf "$scratch"' EXIT
export hive cache scratch folder

as_user() {
  local environment=(HOME="$scratch/work" BUILDDIR="$scratch/work" PKGDEST="$scratch/work"
    SRCDEST="$scratch/work" SRCPKGDEST="$scratch/work" LOGDEST="$scratch/work")
  if ((EUID == 0)); then
    setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups \
      timeout 60 env "${environment[@]}" "$@"
  else
    timeout 60 env "${environment[@]}" "$@"
  fi
}

# Writes one line: the verdict, a tab, the recipe's folder.
compare() {
  local recipe=${1%/PKGBUILD} key status ours
  cd "$recipe"
  key=$({
    cat PKGBUILD
    pwd
    find . -maxdepth 1 -printf '%f\n' | sort
  } | sha256sum)
  key=$cache/${key%% *}
  if [[ ! -f $key.status ]]; then
    status=0
    as_user makepkg --printsrcinfo >"$key.out" 2>"$key.err" </dev/null || status=$?
    echo "$status" >"$key.status"
  fi
  status=$(<"$key.status")
  ours=$(mktemp "$scratch/XXXXXX")
  local own=0 verdict
  "$hive" recipe srcinfo "$recipe" >"$ours" 2>"$ours.err" </dev/null || own=$?
  if ((status == 124)); then
    verdict=makepkg-timed-out
  elif ((status == 15)); then
    verdict=lacking
  elif ((status == 0 && own == 0)); then
    verdict=identical
    cmp -s "$ours" "$key.out" || verdict=other
  elif ((status == 0)); then
    verdict="refused-by-us"
  elif ((own == 0)); then
    verdict="refused-by-makepkg"
  else
    verdict=both-refuse
    ((own == 4)) || verdict="exit-$own"
  fi
  printf '%s\t%s\n' "$verdict" "${recipe#"$folder"/}"
  rm -f "$ours" "$ours.err"
}
export -f as_user compare

# shellcheck disable=SC2016 # the inner bash expands it
find "$folder" -name PKGBUILD -type f -print0 | sort -z |
  xargs -0 -r -n 1 -P "${JOBS:-2}" bash -c 'compare "$0"' >"$scratch/verdicts"

sort "$scratch/verdicts" | grep -Ev $'^(identical|both-refuse|lacking|makepkg-timed-out)\t' || true
echo
cut -f 1 "$scratch/verdicts" | sort | uniq -c
! grep -Evq $'^(identical|both-refuse|lacking|makepkg-timed-out)\t' "$scratch/verdicts"
