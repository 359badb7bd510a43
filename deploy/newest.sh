#!/bin/sh
# Evaluates the newest model of a folder, of a bucket (s3://BUCKET/models) or of an OCI registry (oci://REGISTRY/NAME:TAG), once, against the
# last release, by the gates of the configuration: newest.sh MODELS CONFIG.yaml RUNS
set -eu
models="$3/models"
case "$1" in
  s3://*) aws s3 sync "$1" "$models" --exclude '*' --include '*.onnx' ;;
  oci://*) oras pull "${1#oci://}" --output "$models" ;;
  *) models=$1 ;;
esac
model=$(ls -t "$models"/*.onnx | head -n 1)
[ -n "$model" ] || { echo "$0: expected a *.onnx in $models, found none" >&2; exit 2; }
# once: by its contents, as a model that is replaced, such as that of a tag, keeps its name
out="$3/$(basename "$model" .onnx)-$(sha256sum "$model" | cut -c 1-12)"
[ ! -e "$out/summary.json" ] || [ -e "$out/statistics/.journal.db" ] || exit 0 # with a journal it was interrupted, and goes on
baseline='' # the first run has none: segmetry history tag RUNS/history.db last --release NAME makes it one
[ ! -e "$3/history.db" ] || baseline=db:last-released
status=0
segmetry run "$2" --model "$model" --out "$out" --resume --history "$3/history.db" --tag newest --baseline "$baseline" --on-fail "${NOTIFY:-}" || status=$?
segmetry history "$3/history.db" --trend "$3/trend.html"
exit "$status"
