#!/usr/bin/env bash
# make demo: a whole job on this machine. Makes telemetry-like data, serves it by a signed S3 server on loopback, counts
# the operating systems with the Python mapper of 2014, and checks the answer against what the data was made from.
#   demo.sh BIN_DIR [BYTES]     BYTES of uncompressed data, 200MB unless given
set -euo pipefail
bin=$(cd "$1" && pwd)
bytes=${2:-200MB}
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/af-demo.XXXXXX")
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

echo "1. making $bytes of telemetry-like records, compressed as .lzma" >&2
"$bin/af-bench" generate --out "$work" --bytes "$bytes" --codec lzma
mkdir "$work/buckets"
mv "$work/data" "$work/buckets/telemetry"

echo "2. serving it as s3://telemetry on loopback; every request's signature is checked" >&2
/usr/bin/python3 "$top/tests/support/servers/s3_server.py" --root "$work/buckets" --port 0 \
    --credential demo-key:demo-secret >"$work/server.out" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do
    grep -q '^listening' "$work/server.out" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
    sleep 0.1
done
export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=demo-key AWS_SECRET_ACCESS_KEY=demo-secret AWS_REGION=us-east-1
AWS_ENDPOINT_URL=$(sed -n 's/^listening //p' "$work/server.out" | head -1)
[ -n "$AWS_ENDPOINT_URL" ] || { echo "the S3 test server does not answer" >&2; exit 1; }

echo "3. af run --job container/examples/os-count s3://telemetry/" >&2
"$bin/af" run --job "$top/container/examples/os-count" s3://telemetry/ -o "$work/result.txt"
echo "4. the result, $(wc -l <"$work/result.txt") lines:" >&2
cat "$work/result.txt"
if cmp -s "$work/result.txt" "$work/truth/os-count.txt"; then
    echo "it is what the data was made from" >&2
else
    echo "WRONG: it differs from what the data was made from:" >&2
    diff "$work/truth/os-count.txt" "$work/result.txt" >&2
    exit 1
fi
