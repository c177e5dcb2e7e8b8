#!/usr/bin/env bash
# Evaluating a recipe of ten packages that override much: `recipe srcinfo` against
# `makepkg --printsrcinfo`, which looks every field of every package up by itself.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need hyperfine makepkg python3
need_hive
write_makepkg_conf

recipe=$scratch/split
mkdir "$recipe" "$scratch/result"
{
  cat <<'RECIPE'
pkgbase=split
pkgname=(split-{1..10})
pkgver=1.2.3
pkgrel=1
pkgdesc='Ten packages of one build'
url=https://example.org
arch=(x86_64 aarch64)
license=(MIT)
depends=(bash glibc)
makedepends=(gcc)
_worker_entrypoint=usr/bin/split
RECIPE
  for number in {1..10}; do
    cat <<RECIPE
package_split-$number() {
  pkgdesc="\$pkgdesc, number $number"
  depends+=("split-$((number % 10 + 1))=\$pkgver")
  depends_x86_64=(gcc)
  optdepends=('gzip: to pack' 'bzip2: to pack more')
  provides=("part-$number=\$pkgver")
  conflicts=(part)
  backup=(etc/part-$number.conf)
  options=(!strip)
  :
}
RECIPE
  done
} >"$recipe/PKGBUILD"
give_to_user "$recipe" "$scratch/result"

# median_ms FILE: of the one command in hyperfine's JSON
median_ms() {
  python3 -c 'import json, sys; print("%.2f" % (json.load(open(sys.argv[1]))["results"][0]["median"] * 1000))' "$1"
}

cd "$recipe"
as_user makepkg --printsrcinfo >"$scratch/theirs" 2>"$scratch/log" || fail "$(cat "$scratch/log")"
"$hive" recipe srcinfo "$recipe" >"$scratch/ours" 2>"$scratch/log" || fail "$(cat "$scratch/log")"
cmp "$scratch/theirs" "$scratch/ours" >&2 || fail 'the two .SRCINFO differ'

as_user hyperfine -N --warmup 1 --runs 5 --export-json "$scratch/result/makepkg" \
  'makepkg --printsrcinfo' >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"
hyperfine -N --warmup 5 --runs 50 --export-json "$scratch/result/hive" \
  "$hive recipe srcinfo $recipe" >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"

makepkg=$(median_ms "$scratch/result/makepkg")
ours=$(median_ms "$scratch/result/hive")
ratio=$(calculate "$makepkg / $ours" %.1f)
report 'split srcinfo' "makepkg $makepkg ms, rbee-hive $ours ms, ratio $ratio" "$ratio" '>=' 40
