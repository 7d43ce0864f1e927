#!/usr/bin/awk -f
# "key<TAB>value" lines on stdin, sorted by key; "key sum" for each key.
BEGIN { FS = "\t" }
NR > 1 && $1 != key { print key " " sum; sum = 0 }
{ key = $1; sum += $2 }
END { if (NR > 0) print key " " sum }
