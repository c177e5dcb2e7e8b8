#!/usr/bin/env bash
# The end of a build: package(), tidying and archiving 1 GiB, some of it programs to strip.
# makepkg's side is `makepkg --repackage`, less what it takes for a package of one small file.
# Ours is the time from the start to the end of the step `package`, and `worker export`.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need fakeroot gcc makepkg python3 zstd
need_hive
write_makepkg_conf

# write_recipe NAME BUILD PACKAGE: two lists of commands.
write_recipe() {
  mkdir -p "$scratch/$1"
  cp "$repository/bench/make-tree.py" "$scratch/$1"
  local sum
  sum=$(sha256sum "$repository/bench/make-tree.py")
  cat >"$scratch/$1/PKGBUILD" <<RECIPE
pkgname=$1
pkgver=1
pkgrel=1
pkgdesc='A large engine'
arch=(x86_64 aarch64)
license=(MIT)
options=(strip zipman !debug)
source=(make-tree.py)
sha256sums=(${sum%% *})
_worker_entrypoint=usr/bin/engine

build() {
  :
  $2
}
package() {
  install -Dm755 <(printf '#!/bin/sh\n') "\$pkgdir/usr/bin/engine"
  $3
}
RECIPE
  give_to_user "$scratch/$1"
}

write_recipe bench-little '' ''
# shellcheck disable=SC2016 # it is the recipe's shell that expands it
write_recipe bench-package '
  python3 make-tree.py tree
  for number in {1..8}; do
    head -c 8M "tree/lib/libengine-$number.so" >data
    head -c 8M tree/lib/libengine-0.so >>data
    gcc -g -o "program-$number" -x c - <<<"
      __asm__(\".data; .incbin \\\"data\\\"; .text\");
      int main(void) { return $number; }"
  done
  gcc -g -o small -x c - <<<"int main(void) { return 0; }"' '
  mkdir -p "$pkgdir/opt" "$pkgdir/usr/share/man/man1"
  cp -a tree "$pkgdir/opt/engine"
  for number in {1..8}; do
    install -Dm755 "program-$number" -t "$pkgdir/usr/bin"
  done
  for number in {1..64}; do
    install -Dm755 small "$pkgdir/usr/bin/small-$number"
    echo "The manual page $number" >"$pkgdir/usr/share/man/man1/small-$number.1"
  done'

# repackage NAME: sets $elapsed to the time of makepkg's package phase, and leaves the package.
repackage() {
  cd "$scratch/$1"
  mkdir -p "$scratch/peer/build" "$scratch/peer/packages"
  give_to_user "$scratch/peer"
  local call=(as_user BUILDDIR="$scratch/peer/build" PKGDEST="$scratch/peer/packages"
    SOURCE_DATE_EPOCH=1500000000 makepkg -df)
  seconds "${call[@]}"
  sync
  seconds "${call[@]}" --repackage
}

echo 'package: makepkg' >&2
repackage bench-little
start=$elapsed
cd "$scratch"
rm -rf "$scratch/peer"
repackage bench-package
makepkg=$(calculate "$elapsed - $start" %.2f)
theirs=$(stat -c %s "$scratch/peer/packages"/*)
cd "$scratch"
rm -rf "$scratch/peer"

# Notes when each line comes.
step_seconds() {
  python3 -c '
import json, sys, time
started, spent = {}, {}
for line in sys.stdin:
    event, now = json.loads(line), time.monotonic()
    if event["type"] == "step_started":
        started[event["step"]] = now
    elif event["type"] == "step_finished":
        spent[event["step"]] = now - started[event["step"]]
    elif event["type"] == "ended" and event["outcome"] != "succeeded":
        sys.exit(json.dumps(event))
print("%.3f %.3f" % (spent["package"], spent["commit"]))'
}

echo 'package: rbee-hive' >&2
folders=(--data-dir "$scratch/data" --cache-dir "$scratch/cache")
"$hive" "${folders[@]}" --json worker install --recipe "$scratch/bench-package" 2>"$scratch/log" |
  step_seconds >"$scratch/steps" || fail "$(cat "$scratch/log")"
read -r step commit <"$scratch/steps"
sync
seconds "$hive" "${folders[@]}" worker export bench-package -o "$scratch/ours.pkg.tar.zst"
ours=$(calculate "$step + $elapsed" %.2f)
size=$(stat -c %s "$scratch/ours.pkg.tar.zst")
ratio=$(calculate "$ours / $makepkg")
report package "makepkg $makepkg s, rbee-hive $ours s ($step + $elapsed), ratio $ratio" "$ratio" '<=' 0.5
report 'package size' "makepkg $((theirs >> 20)) MiB, rbee-hive $((size >> 20)) MiB; commit took $commit s"
