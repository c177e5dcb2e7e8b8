#!/usr/bin/env bash
# A prebuilt engine, in a .tar.zst of 512 MiB: download over loopback, sha256,
# extraction, package(). `worker install` against makepkg, nothing cached.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need bsdtar curl makepkg python3 sha256sum zstd
need_hive
write_makepkg_conf

echo 'archive: writing the tree' >&2
mkdir "$scratch/served"
python3 "$repository/bench/make-tree.py" "$scratch/tree"
tar -C "$scratch" -cf - tree | zstd -q -T0 -o "$scratch/served/engine.tar.zst"
rm -rf "$scratch/tree"
sum=$(sha256sum "$scratch/served/engine.tar.zst")
sum=${sum%% *}

python3 "$repository/bench/serve.py" "$scratch/served" >"$scratch/port" &
server=$!
for _ in {1..100}; do
  [[ ! -s $scratch/port ]] || break
  sleep 0.05
done
address=http://127.0.0.1:$(<"$scratch/port")/engine.tar.zst
speed=$(curl --silent --fail --output /dev/null --write-out '%{speed_download}' "$address")
echo "archive: $(($(stat -c %s "$scratch/served/engine.tar.zst") >> 20)) MiB, served at $(calculate "$speed / 1e9") GB/s" >&2

# write_recipe NAME COMMAND: the COMMAND is what package() does besides the entrypoint.
write_recipe() {
  mkdir -p "$scratch/$1"
  cat >"$scratch/$1/PKGBUILD" <<RECIPE
pkgname=$1
pkgver=1
pkgrel=1
pkgdesc='A prebuilt engine'
arch=(x86_64 aarch64)
license=(MIT)
options=(!strip !debug)
source=("$address")
sha256sums=($sum)

_worker_backends=(cpu)
_worker_entrypoint=usr/bin/engine
_worker_smoke=(--help)

package() {
  printf '#!/bin/sh\nexit 0\n' >engine
  install -Dm755 engine -t "\$pkgdir/usr/bin"
  $2
}
RECIPE
  give_to_user "$scratch/$1"
}

# json FILE KEY FORMAT
json() {
  python3 -c 'import json, sys; print(sys.argv[3] % json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"
}

largest() { printf '%s\n' "$@" | sort -n | tail -n 1; }

# compare NAME RUNS: runs both on the recipe, sets $makepkg and $ours (medians, seconds), $own and
# $any (MB, of the run that took most).
compare() {
  local name=$1 runs=$2 run peer=() hive_seconds=() hive_own=() hive_largest=()
  for ((run = 1; run <= runs; run++)); do
    mkdir -p "$scratch/peer/build" "$scratch/peer/sources" "$scratch/peer/packages"
    give_to_user "$scratch/peer"
    sync
    cd "$scratch/$name"
    seconds as_user BUILDDIR="$scratch/peer/build" SRCDEST="$scratch/peer/sources" \
      PKGDEST="$scratch/peer/packages" makepkg -d
    peer+=("$elapsed")
    cd "$scratch"
    rm -rf "$scratch/peer"

    sync
    mkdir "$scratch/hive"
    seconds python3 "$repository/bench/peak.py" "$scratch/peak" "$hive" --quiet \
      --data-dir "$scratch/hive/data" --cache-dir "$scratch/hive/cache" \
      worker install --recipe "$scratch/$name"
    hive_seconds+=("$(json "$scratch/peak" seconds %.3f)")
    hive_own+=("$(json "$scratch/peak" own %.1f)")
    hive_largest+=("$(json "$scratch/peak" largest %.1f)")
    chmod -R u+w "$scratch/hive"
    rm -rf "$scratch/hive"
  done
  makepkg=$(median "${peer[@]}")
  ours=$(median "${hive_seconds[@]}")
  own=$(largest "${hive_own[@]}")
  any=$(largest "${hive_largest[@]}")
}

write_recipe bench-archive :
compare bench-archive 3
ratio=$(calculate "$ours / $makepkg")
report archive "makepkg $makepkg s, rbee-hive $ours s, ratio $ratio" "$ratio" '<=' 0.5
report 'archive memory' "rbee-hive $own MB, largest of its processes $any MB" "$own" '<' 100 MB

# shellcheck disable=SC2016 # it is the recipe's shell that expands it
write_recipe bench-archive-tree 'mkdir -p "$pkgdir/opt" && cp -a tree "$pkgdir/opt/engine"'
compare bench-archive-tree 1
report 'archive, tree packaged' \
  "makepkg $makepkg s, rbee-hive $ours s, ratio $(calculate "$ours / $makepkg"), $own MB"
