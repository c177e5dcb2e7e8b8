#!/usr/bin/env bash
# Evaluating a recipe: `recipe srcinfo` against `makepkg --printsrcinfo`.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need hyperfine makepkg python3
need_hive
write_makepkg_conf

recipe=$scratch/whisper-server # makepkg wants a folder that it may write to
cp -r "$repository/recipes/whisper-server" "$recipe"
give_to_user "$recipe"

# median_ms FILE: of the one command in hyperfine's JSON
median_ms() {
  python3 -c 'import json, sys; print("%.2f" % (json.load(open(sys.argv[1]))["results"][0]["median"] * 1000))' "$1"
}

mkdir "$scratch/result"
give_to_user "$scratch/result"
cd "$recipe"
as_user hyperfine -N --warmup 2 --runs 10 --export-json "$scratch/result/makepkg" \
  'makepkg --printsrcinfo' >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"
hyperfine -N --warmup 5 --runs 50 --export-json "$scratch/result/hive" \
  "$hive recipe srcinfo $recipe" >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"

makepkg=$(median_ms "$scratch/result/makepkg")
ours=$(median_ms "$scratch/result/hive")
ratio=$(calculate "$makepkg / $ours" %.1f)
report evaluate "makepkg $makepkg ms, rbee-hive $ours ms, ratio $ratio" "$ratio" '>=' 40
