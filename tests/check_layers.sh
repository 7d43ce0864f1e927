#!/usr/bin/env bash
# Includes point down only: cli, container, bench -> stages -> engine. Run by ctest; prints every include that does not.
set -u
cd "$(dirname "$0")/.." || exit 2
for folder in engine stages cli container bench; do
    [ -d "$folder" ] || { echo "no folder $folder to look at"; exit 2; }
done
bad=$(
    grep -rnE '#include *["<](stages|cli|container|bench|tests)/' engine --include=*.hpp --include=*.cpp
    grep -rnE '#include *["<](cli|container|bench|tests)/' stages --include=*.hpp --include=*.cpp
    grep -rnE '#include *["<](cli|bench|tests)/' container --include=*.hpp --include=*.cpp --include=*.h
    grep -rnE '#include *["<](cli|container|tests)/' bench --include=*.hpp --include=*.cpp
    grep -rnE '#include *["<](bench|tests)/' cli --include=*.hpp --include=*.cpp
    # Within stages: what is folded knows what a builtin map makes, and not the other way round.
    grep -rnE '#include *["<]stages/pairs/' stages/builtin --include=*.hpp --include=*.cpp
    # One subject, one file: libcurl and asio's all-in-one header cost every file that includes them seconds.
    grep -rnE '#include *<curl/' engine stages cli bench --include=*.hpp --include=*.cpp | grep -v '^engine/curl'
    grep -rnE '#include *<(asio\.hpp|nlohmann/json\.hpp|lzma\.h)>' engine stages cli --include=*.hpp
)
[ -z "$bad" ] && exit 0
printf 'includes that point up, or a heavy header where it does not belong:\n%s\n' "$bad"
exit 1
