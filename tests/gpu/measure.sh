#!/usr/bin/env bash
# All GPU figures by one command: bash tests/gpu/measure.sh OUTDIR [--rehearse] [PART ...]
#
# Needs what a PyTorch image has (see NEEDED in measure.py), no network, no Streamlit. Each part is a process of its own with a
# time limit of its own and writes OUTDIR/PART.json after every figure, so that a part that is stopped leaves what it has.
# --rehearse: the same code with tiny shapes, on the CPU where there is no GPU.
set -uo pipefail
[ $# -ge 1 ] || { sed -n 2,6p "$0"; exit 2; }
out=$(mkdir -p "$1" && cd "$1" && pwd) || exit 2
shift
cd "$(dirname "$0")/../.."
export PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 PYTHONPATH=.
python=${PYTHON:-python3}
"$python" -m tests.gpu.measure "$out" "$@" 2>&1 | tee "$out/log.txt" # the log ends with all figures as tables
exit "${PIPESTATUS[0]}"
