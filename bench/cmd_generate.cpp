// af-bench generate: options in, a data set out.
#include "bench/byte_size.hpp"
#include "bench/command.hpp"
#include "bench/generate.hpp"
#include "engine/error.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <fmt/format.h>
#include <memory>

namespace af::bench {
namespace {

struct Arguments {
    std::string out, bytes = "100MB", one_object, codec = "lzma", record_bytes = "2KB..70KB";
    std::uint32_t objects = 0, bad_records = 0;
    std::uint64_t seed = 1;
    bool codec_mix = false;
    std::optional<int> level;
    unsigned threads = 0;
};

GenerateOptions options_from(const Arguments& arguments) {
    GenerateOptions options;
    options.directory = arguments.out;
    options.layout.bytes = parse_byte_size(arguments.bytes);
    options.layout.objects = arguments.objects;
    if (!arguments.one_object.empty()) {
        options.layout.bytes = parse_byte_size(arguments.one_object);
        options.layout.objects = 1;
    }
    const auto codec = codec_named(arguments.codec);
    if (!codec) {
        throw Error(ErrorKind::usage, "this is not a codec")
            .about(arguments.codec)
            .hint("use lzma, xz, gz, zst, bz2 or none");
    }
    options.layout.codecs = {*codec};
    if (arguments.codec_mix) options.layout.codecs.assign(all_codecs().begin(), all_codecs().end());
    options.layout.bad_lines = arguments.bad_records;
    options.layout.seed = arguments.seed;
    options.record_bytes = parse_size_range(arguments.record_bytes);
    options.level = arguments.level;
    options.threads = arguments.threads;
    return options;
}

void run(const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    const Totals sums = totals(generate(options_from(arguments)));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print("{} objects, {} records, {} bad lines\n{} bytes, {} stored ({:.2f} : 1), {:.1f} s\n", sums.objects,
               sums.records, sums.bad_lines, sums.bytes_inflated, sums.bytes_stored,
               static_cast<double>(sums.bytes_inflated) / static_cast<double>(sums.bytes_stored), seconds.count());
}

void define(CLI::App& app) {
    const auto arguments = std::make_shared<Arguments>();
    app.add_option("--out", arguments->out, "folder for data/, truth.json and truth/")->required();
    auto* bytes =
        app.add_option("--bytes", arguments->bytes, "uncompressed size in all, e.g. 1.43GB")->capture_default_str();
    auto* objects = app.add_option("--objects", arguments->objects, "how many objects (default: one for each 7 MB)")
                        ->check(CLI::PositiveNumber);
    app.add_option("--one-object", arguments->one_object, "a single object of this size")
        ->excludes(bytes)
        ->excludes(objects);
    auto* codec = app.add_option("--codec", arguments->codec, "lzma, xz, gz, zst, bz2 or none")->capture_default_str();
    auto* mix = app.add_flag("--codec-mix", arguments->codec_mix, "all codecs in turn");
    mix->excludes(codec);
    app.add_option("--level", arguments->level, "compression level (default: 2 for lzma and xz, 6 gz, 3 zst, 9 bz2)")
        ->excludes(mix);
    app.add_option("--record-bytes", arguments->record_bytes, "size of a record, e.g. 2KB..70KB")
        ->capture_default_str();
    app.add_option("--bad-records", arguments->bad_records, "lines that are no record, in all")->capture_default_str();
    app.add_option("--seed", arguments->seed, "another seed, other data")->capture_default_str();
    app.add_option("--threads", arguments->threads, "default: one for each core");
    app.footer("example: af-bench generate --out set --bytes 1.43GB\n"
               "Same arguments, same bytes, whatever the thread count.");
    app.callback([arguments] { run(*arguments); });
}

}  // namespace

const Command kGenerateCommand{"generate", "make telemetry-like data and its true answers", define};

}  // namespace af::bench
