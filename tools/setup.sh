#!/bin/sh
# Make the virtual environment: `sh tools/setup.sh run` (to serve), `models` (other embedding models), `dev` (to test).
# Does nothing when it is up to date. Every failure ends in one line. Reads: PYTHON, VENV and pip's own settings.
set -u
want=${1:-run}
venv=${VENV:-.venv}
log=$venv/setup.log
torch=2.13.0

fail() { printf 'cachhay: %s\n' "$1" >&2; exit 1; }

stamp=$(cat pyproject.toml constraints.txt tools/setup.sh | cksum | tr ' ' -)
for have in $want dev; do
    [ "$(cat "$venv/.ready-$have" 2>/dev/null)" = "$stamp" ] && exit 0
done

python=''
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$name; break; fi
done
[ -n "$python" ] || fail 'cần Python 3.11 trở lên; cài đặt rồi chạy lại, hoặc chỉ rõ: make run PYTHON=/đường/dẫn/python3'

# Megabytes needed, with room for pip's temporary files (measured: 0.4 GB for run, 1.8 GB with PyTorch).
case $want in run) need=900 ;; *) need=3500 ;; esac
free=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "${free:-$need}" -ge "$need" ] || fail "ổ đĩa chỉ còn ${free} MB, cần ít nhất ${need} MB để cài đặt"

if [ ! -x "$venv/bin/pip" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >/dev/null 2>&1 ||
        fail "không tạo được môi trường ảo $venv; trên Debian/Ubuntu: apt install python3-venv"
fi

pip() { "$venv/bin/pip" --disable-pip-version-check install --quiet --constraint constraints.txt "$@" >>"$log" 2>&1; }
run_pip() {
    pip "$@" && return 0
    grep -qi 'no space left' "$log" && fail "hết chỗ trên ổ đĩa khi cài đặt; nhật ký: $log"
    fail "pip không cài được ($(grep -i '^error' "$log" | tail -n 1)); nhật ký: $log"
}

: >"$log"
printf 'Cài đặt môi trường (%s)…\n' "$want" >&2
if [ "$want" != run ]; then
    # Only a CPU build: the CUDA build brings gigabytes. Where PyPI's own build is a CPU build (macOS), that one.
    if "$venv/bin/python" -c 'import torch' 2>/dev/null || pip "torch==$torch+cpu"; then models=',models'
    elif [ "$(uname -s)" = Darwin ] && pip "torch==$torch"; then models=',models'
    else
        models=''
        message='không thấy bản PyTorch cho CPU, bỏ qua mô hình nhúng khác; xem docs/embedding-models.md, mục "PyTorch"'
        [ "$want" = models ] && fail "$message"
        printf 'cachhay: %s\n' "$message" >&2
    fi
fi
case $want in
    run) run_pip --editable . ;;
    models) run_pip --editable '.[models]' ;;
    dev) run_pip --editable ".[dev$models]" ;;
    *) fail "không hiểu \"$want\": dùng run, models hoặc dev" ;;
esac
printf '%s' "$stamp" >"$venv/.ready-$want"
[ "$want" = run ] || printf '%s' "$stamp" >"$venv/.ready-run"
