#!/bin/sh
# Make random keys, once, for the containers: `sh tools/make_secret.sh [FILE]`, by default Meilisearch's and Qdrant's.
# A container reads the file as another user, so everybody may read it; the folder around it lets only its owner in.
set -eu
if [ "$#" = 0 ]; then
    for name in meili_master_key qdrant_api_key; do sh "$0" "secrets/$name"; done
    exit 0
fi
file=$1
folder=$(dirname "$file")

if [ -e "$file" ]; then
    printf 'Đã có %s, giữ nguyên.\n' "$file"
    exit 0
fi
[ -d "$folder" ] || (umask 077 && mkdir -p "$folder")
fresh=$(mktemp "$folder/.secret.XXXXXX")
trap 'rm -f "$fresh"' EXIT
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$fresh"
[ "$(wc -c <"$fresh")" -eq 64 ] || { printf 'cachhay: không tạo được khóa\n' >&2; exit 1; }
chmod 444 "$fresh"
mv "$fresh" "$file"
printf 'Đã tạo %s.\n' "$file"
