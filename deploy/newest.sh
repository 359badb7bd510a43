#!/bin/sh
# Evaluates the newest model of a folder, once: newest.sh MODELS CONFIG.yaml RUNS
set -eu
model=$(ls -t "$1"/*.onnx | head -n 1)
out="$3/$(basename "$model" .onnx)"
[ ! -e "$out/summary.json" ] || exit 0
segmetry run "$2" --model "$model" --out "$out" --overwrite --history "$3/history.db" --tag newest --on-fail "${NOTIFY:-}"
segmetry history "$3/history.db" --trend "$3/trend.html"
