#include "cli/input_options.hpp"

#include <CLI/App.hpp>

namespace af {

CLI::Option* add_input_options(CLI::App& command, InputOptions& options) {
    auto* inputs = command.add_option("INPUT", options.inputs,
                                      "a folder, a file, s3://bucket/prefix, a manifest (.json, .jsonl, .tsv), an "
                                      "index (https://...), or - for names on stdin");
    add_store_options(command, options);
    return inputs;
}

void add_store_options(CLI::App& command, InputOptions& options) {
    command
        .add_option("--input-root", options.input_root,
                    "what the names of an index or a manifest are below, e.g. s3://telemetry/")
        ->type_name("PLACE");
    command.add_option("--endpoint-url", options.store.endpoint_url, "an S3-compatible server (else AWS_ENDPOINT_URL)")
        ->type_name("URL")
        ->group("S3");
    command.add_option("--region", options.store.region, "AWS region (else AWS_REGION, the profile's, us-east-1)")
        ->group("S3");
    command.add_option("--profile", options.store.profile, "profile of ~/.aws (else AWS_PROFILE)")->group("S3");
    command.add_flag("--no-sign-request", options.store.no_sign_request, "read a public bucket without credentials")
        ->group("S3");
    command.add_flag("--path-style", options.store.path_style, "put the bucket into the path, not the host name")
        ->group("S3");
    command.add_flag("--requester-pays", options.store.requester_pays, "agree to pay for requests")->group("S3");
}

void add_filter_option(CLI::App& command, InputOptions& options) {
    command.add_option("-f,--filter", options.filter, "Filter.json: which objects, by their six dimensions")
        ->type_name("FILE");
}

}  // namespace af
