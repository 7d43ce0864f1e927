#!/usr/bin/awk -f
# Records on stdin, one a line; "OS<TAB>1" for each. Finds the first "OS" member by its looks instead of parsing JSON.
match($0, /"OS": *"[^"\\]*"/) {
    split(substr($0, RSTART, RLENGTH), part, "\"")
    print part[4] "\t1"
    next
}
{ print "reporter:counter:os-count,records without OS,1" > "/dev/stderr" }
