// af-bench generate-pairs: "key<TAB>value" lines for measuring the reduce side, keys by Zipf's law.
#include "bench/command.hpp"
#include "bench/zipf.hpp"
#include "engine/file.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <string>

namespace af::bench {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::uint64_t kSpread = 2'654'435'761;  // prime, so that rank x kSpread mod count is another for each rank

struct Arguments {
    std::string out;
    std::uint64_t lines = 20'000'000, keys = 1'000'000, seed = 1;
    std::uint32_t files = 16;
};

// Frequent keys lie anywhere in the order, as those of real data do.
std::uint64_t key_of(std::uint64_t rank, std::uint64_t keys) { return rank * kSpread % keys; }

void append_number(std::string& text, std::uint64_t number) {
    char digits[24];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void write_file(const Arguments& arguments, std::uint32_t number) {
    const std::uint64_t first = arguments.lines * number / arguments.files;
    const std::uint64_t end = arguments.lines * (number + 1) / arguments.files;
    File file = File::create(std::filesystem::path(arguments.out) / fmt::format("pairs-{:05}.tsv", number));
    const Zipf zipf(arguments.keys);
    Random random(mix(arguments.seed, number));
    std::string text;
    for (std::uint64_t line = first; line < end; ++line) {
        text += "key";
        append_number(text, key_of(zipf.next(random), arguments.keys));
        text += '\t';
        append_number(text, random.below(1000));
        text += '\n';
        if (text.size() < kBufferBytes) continue;
        file.append(text);
        text.clear();
    }
    file.append(text);
    file.close();
}

void run(const Arguments& arguments) {
    std::filesystem::create_directories(arguments.out);
    for (std::uint32_t number = 0; number < arguments.files; ++number) write_file(arguments, number);
    fmt::print("{} lines of at most {} keys in {} files\n", arguments.lines, arguments.keys, arguments.files);
}

void define(CLI::App& app) {
    const auto arguments = std::make_shared<Arguments>();
    const CLI::Range several(std::uint64_t{1}, std::uint64_t{1'000'000'000});
    app.add_option("--out", arguments->out, "folder for the files, which must not be there yet")->required();
    app.add_option("--lines", arguments->lines, "in all")->capture_default_str()->check(several);
    app.add_option("--keys", arguments->keys, "how many different keys there are to choose from")
        ->capture_default_str()
        ->check(several);
    app.add_option("--files", arguments->files, "they are spread over")
        ->capture_default_str()
        ->check(CLI::Range(1u, 99999u));
    app.add_option("--seed", arguments->seed, "another seed, other data")->capture_default_str();
    app.footer("example: af-bench generate-pairs --out pairs && af-flat-hash pairs | head");
    app.callback([arguments] { run(*arguments); });
}

}  // namespace

const Command kGeneratePairsCommand{"generate-pairs", "make key and value lines for the reduce side", define};

}  // namespace af::bench
