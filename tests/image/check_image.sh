#!/usr/bin/env bash
# Builds the image, runs a job in it, publishes it to a registry on loopback, and checks how it behaves as process 1.
# Needs root, buildah and mmdebstrap; docker-registry and skopeo for the publishing. Says what it left out.
#   tests/image/check_image.sh [FOLDER]     FOLDER holds af-task and af, built on Debian 12; else they are built in the
#                                           image
set -euo pipefail
programs=${1:+$(realpath "$1")}
cd "$(dirname "$0")/../.."
for tool in buildah mmdebstrap; do
  command -v $tool >/dev/null || { echo "check_image: skipped: no $tool on this machine"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "check_image: skipped: needs root"; exit 0; }
if [ -n "$programs" ] && ! grep -q '^VERSION_ID="12"' /etc/os-release; then
  echo "check_image: skipped: programs that were not built on Debian 12 may not run in the image"; exit 0
fi

work=$(mktemp -d); registry=
finish() {
  [ -z "$registry" ] || kill "$registry" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap finish EXIT
fail() { echo "check_image: FAILED: $*" >&2; exit 1; }
export BUILDER=buildah BASE=mmdebstrap PROGRAMS=$programs TAG=check
# overlay shares layers, vfs copies them and works everywhere (also inside a container).
driver=overlay
buildah --root "$work/probe" --runroot "$work/run" --storage-driver overlay info >/dev/null 2>&1 || driver=vfs
export BUILDAH="buildah --root $work/store --runroot $work/run --storage-driver $driver"
make_image() { make --no-print-directory -C container "$@"; }

if command -v vagrant >/dev/null; then
  # Validation reads the file; no machine is started, so no provider is needed.
  (cd container && VAGRANT_HOME="$work/vagrant" VAGRANT_DOTFILE_PATH="$work/dot" vagrant validate --ignore-provider) \
    >"$work/vagrant.log" 2>&1 ||
    { cat "$work/vagrant.log" >&2; fail "the Vagrantfile"; }
  echo "check_image: vagrant accepts the Vagrantfile"
else
  echo "check_image: Vagrantfile skipped: no vagrant on this machine"
fi

make_image image >"$work/build.log" 2>&1 || { tail -20 "$work/build.log" >&2; fail "the image does not build"; }
make_image sbom
python3 - build/image/sbom.spdx.json <<'PY' || fail "the SBOM"
import json, sys
document = json.load(open(sys.argv[1]))
names = {package["name"] for package in document["packages"]}
assert document["spdxVersion"] == "SPDX-2.3" and {"af-task", "af", "python3", "nodejs", "libc6", "libcurl4"} <= names
print("check_image: the SBOM names", len(names), "packages")
PY

# The example job: records of two files, one compressed.
mkdir "$work/data"
record() { printf '00000000-0000-4000-8000-%012d\t{"info": {"OS": "%s"}}\n' "$1" "$2"; }
{ record 1 Linux; record 2 Darwin; record 3 Linux; } >"$work/data/a.txt"
{ record 4 WINNT; record 5 Linux; } | gzip >"$work/data/b.gz"
for job in os-count os-count-js; do
  make_image run-local JOB=examples/$job DATA="$work/data" >"$work/result" 2>"$work/log" ||
    { cat "$work/log" >&2; fail "$job"; }
  [ "$(tr '\t' ' ' <"$work/result")" = $'Darwin 1\nLinux 3\nWINNT 1' ] ||
    { cat "$work/result" >&2; fail "the result of $job"; }
done
echo "check_image: os-count and os-count-js run in the image"

container=$($BUILDAH from --pull-never "localhost/analysis/af-task:check")
in_image() { $BUILDAH run --isolation chroot "$container" -- "$@"; }
[ "$(in_image sh -c 'echo "$(id -un) $(pwd)"')" = "worker /home/worker" ] || fail "user or folder"
# By what is in a file: names of certificates end in .pem too.
keys=$($BUILDAH run --user root --isolation chroot "$container" -- \
  sh -c 'grep -rIl --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev -e "^-----BEGIN .*PRIVATE KEY-----" / 2>/dev/null
  true')
[ -z "$keys" ] || fail "a key in the image: $keys"
# A task from input to committed artifacts, as a worker starts it.
in_task() {
  $BUILDAH run --isolation chroot --env AF_JOB=/job --env AF_INPUT=/data -v "$PWD/container/examples/os-count:/job:ro" \
    -v "$work/data:/data:ro" "$container" -- sh -c 'af-task map a.txt b.gz >&2 && ls af && rm -r af'
}
artifacts=$(in_task 2>"$work/task.log" | tr '\n' ' ') || { cat "$work/task.log" >&2; fail "af-task map"; }
[ "$artifacts" = "manifest.json part-00000.txt.zst " ] ||
  { cat "$work/task.log" >&2; fail "artifacts of af-task map: $artifacts"; }
echo "check_image: af-task map commits $artifacts"

# As process 1, without an init: a mapper whose map function sleeps must end by SIGTERM.
root=$($BUILDAH mount "$container")
cat >"$work/as_one.sh" <<'SH'
mount -t proc proc "$1/proc"
exec chroot --userspec=1000:1000 "$1" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/worker \
  AF_INPUT=/home/worker/in \
  sh -c 'cd /home/worker && exec af-task map a.txt'
SH
cp container/examples/os-count/{analysis-tools.yml,reducer.py} "$root/home/worker/"
printf 'import time\ndef mapper(uuid, file, js):\n    time.sleep(300)\n' >"$root/home/worker/mapper.py"
mkdir -p "$root/home/worker/in"; cp "$work/data/a.txt" "$root/home/worker/in/"; chown -R 1000:1000 "$root/home/worker"
unshare -m -pf bash "$work/as_one.sh" "$root" >"$work/pid1.log" 2>&1 &
outer=$!
for _ in $(seq 300); do grep -q 'af: 1 object' "$work/pid1.log" && break; sleep 0.1; done
sleep 1  # into the map function
inner=$(cat /proc/$outer/task/$outer/children 2>/dev/null || true)
[ -n "$inner" ] || { cat "$work/pid1.log" >&2; fail "af-task as process 1 ended at once"; }
start=$(date +%s%N); kill -TERM $inner; code=0; wait $outer || code=$?
echo "check_image: process 1 ended $(( ($(date +%s%N) - start) / 1000000 )) ms after SIGTERM with $code"
[ $code = 143 ] || { cat "$work/pid1.log" >&2; fail "SIGTERM to process 1 gives $code"; }
! ls "$root/home/worker/af" 2>/dev/null | grep -v manifest || fail "SIGTERM left a result"
$BUILDAH umount "$container" >/dev/null; $BUILDAH rm "$container" >/dev/null

if ! command -v docker-registry >/dev/null || ! command -v skopeo >/dev/null; then
  echo "check_image: publish skipped: no docker-registry or skopeo on this machine"; exit 0
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
    "$work/registry" "$port" >"$work/registry.yml"
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 & registry=$!
for _ in $(seq 50); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
make_image publish REGISTRY=127.0.0.1:"$port" >"$work/publish.log" 2>&1 ||
  { cat "$work/publish.log" >&2; fail "publish"; }
skopeo inspect --tls-verify=false "docker://127.0.0.1:$port/analysis/af-task:check" >"$work/inspect"
grep -q '"org.opencontainers.image.licenses": "MPL-2.0"' "$work/inspect" || fail "the labels in the registry"
echo "check_image: published, $(sed -n 's/.*"Digest": "\(.*\)".*/\1/p' "$work/inspect")"
