#!/bin/sh
# Start Meilisearch in its container: `run_meilisearch.sh PROGRAM [ARGUMENT…]`. It takes its master key from the environment only;
# read from a file here, the key stands in no configuration that `docker inspect` or `docker compose config` shows.
set -eu
file=${MEILI_MASTER_KEY_FILE:-/run/secrets/meili_master_key}

fail() { printf 'meilisearch: %s\n' "$1" >&2; exit 1; }

[ -r "$file" ] || fail "không đọc được tệp khóa chủ $file; tạo bằng: sh tools/make_secret.sh"
MEILI_MASTER_KEY=$(tr -d '[:space:]' <"$file")
[ "${#MEILI_MASTER_KEY}" -ge 16 ] || fail "khóa chủ trong $file quá ngắn, cần ít nhất 16 ký tự"
export MEILI_MASTER_KEY

# Indexing writes large temporary files: beside the data, for /tmp is small and in memory. A killed run leaves its own behind.
if [ -n "${TMPDIR:-}" ]; then
    rm -rf "$TMPDIR"
    mkdir -p "$TMPDIR" || fail "không ghi được vào ${TMPDIR%/*}; ổ dữ liệu phải thuộc người dùng $(id -u)"
fi
exec "$@"
