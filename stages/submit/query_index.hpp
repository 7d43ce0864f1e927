// The objects a filter matches, asked of an IndexDB: POST {"filter": ...} -> [{"file_name": ..., "size": ...}, ...].
//
// Streamed rows are taken from the reply as it arrives; it is never held whole.
// Bounds   max_objects rows that differ; 8 KiB a row, 4 KiB a name; 1 GiB a reply; sizes 0 ... 2^63-1, which each row
//          has.
// Trust    what the index names is checked: names are keys below `root`, never URLs or hosts, without "..", control
//          bytes or a leading '/'. Rows the filter does not match are refused, not read: an index that answers another
//          question than ours would give a wrong result.
// Again    a reply that is cut or stalls is asked for anew (R4, 3 attempts), with nothing kept of it.
// Errors   corrupt: not JSON, HTML, another shape, a row that breaks a rule above (says which, and its number), a file
//          with two sizes; config: above max_objects; no_match: no rows; refused: 4xx, redirects, a URL that may not be
//          asked; not_found: 404; unavailable: after 3 attempts. About the URL, without its query.
// Threads  the network executor.
// Source   row F41 of the fault matrix; mozilla/telemetry-analysis IndexDB, POST /files.
#pragma once

#include "engine/http.hpp"
#include "engine/retry.hpp"
#include "stages/list_inputs.hpp"

#include <stop_token>
#include <string>

namespace af {

struct IndexQuery {
    std::string url;          // https://...; http only to a loopback address
    std::string filter_json;  // sent as it is
    std::string root;         // what names are below: "s3://telemetry/"; "" when they are whole names already
    std::size_t max_objects = 1'000'000;
    bool may_be_empty = false;
};

bool is_index_url(std::string_view text);  // begins with http:// or https://

// Sorted, numbered, duplicates counted, as list_inputs() has it. `filter` is the same one, parsed.
Task<InputList> query_index(HttpClient& http, Retrier retrier, IndexQuery query, Filter filter, std::stop_token stop);

}  // namespace af
