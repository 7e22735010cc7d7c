#!/bin/sh
# The five steps of README.md in one go: run.sh [FOLDER], from anywhere. DYNO is how dyno is called here.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
dyno() { ${DYNO:-npx --prefix "$root" tsx "$root/cli/bin.ts"} "$@"; }
mkdir -p "${1:-five-steps}"
cd "${1:-five-steps}"

# 1, 3: the trained network as PyTorch exports it, shuffle in the order CRD
dyno zoo make quicksrnet-small --trained --dynamic -o small.onnx
# 2: quantized, with its encodings
dyno quantize small.onnx --data "$root/models/zoo/samples" -o small.w8a8.onnx --encodings small.encodings
# 4, 5: DCR in node and weights, and the encodings after it
dyno rewrite small.onnx --target htp:SM8550 --precision w8a8 --only permute/crd-to-dcr --no-compile --encodings small.encodings -o dcr.onnx
# proof
dyno encodings permute small.encodings --tensor conv_last.weight --crd-to-dcr 3,2 -o by-hand.encodings
cmp by-hand.encodings dcr.encodings
dyno encodings apply small.onnx small.encodings -o crd.w8a8.onnx
dyno encodings apply dcr.onnx dcr.encodings -o dcr.w8a8.onnx
dyno quality small.onnx crd.w8a8.onnx dcr.w8a8.onnx --data "$root/models/zoo/samples" --metric psnr:y
