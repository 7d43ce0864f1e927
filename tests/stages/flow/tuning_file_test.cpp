#include "stages/flow/tuning_file.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace af;

namespace {

const Tuning kTuning{.processors = 2, .workers = 3, .decoders = 1, .fetch = 0, .depth = 16};

std::optional<Tuning> read(const std::string& text) {
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / kTuningFile;
    std::ofstream(file) << text;
    return read_tuning(file);
}

}  // namespace

TEST_CASE("widths are read as they were written") {
    CHECK(read(tuning_text(kTuning)) == kTuning);
    CHECK(describe(kTuning) == "workers 3, decoders 1, fetch width auto, depth 16");
}

TEST_CASE("a job without a file of widths has none") { CHECK(!read_tuning("/nowhere/af-tuning.yml")); }

TEST_CASE("a file of widths that says something else is refused, with file and line") {
    CHECK_THROWS_WITH(read("processors: 2\nworkers: many\n"),
                      Catch::Contains("af-tuning.yml:2") && Catch::Contains("many"));
    CHECK_THROWS_WITH(read("processors: 2\nworkers: 0\n"), Catch::Contains("workers"));
    CHECK_THROWS_WITH(read("processors: 2\nworker: 3\n"), Catch::Contains("worker"));
    CHECK_THROWS_WITH(read("workers: 3\n"), Catch::Contains("processors"));
}

TEST_CASE("what was measured fills in what was not asked for") {
    WidthOptions options;
    options.decoders = 7;
    CHECK(apply_tuning(options, kTuning, 2));
    CHECK(options.mappers == 3);
    CHECK(options.decoders == 7);
    CHECK(options.fetch == 0);
    CHECK(options.depth == 16);
}

TEST_CASE("widths measured with another number of processors change nothing") {
    WidthOptions options;
    CHECK_FALSE(apply_tuning(options, kTuning, 8));
    CHECK(options.mappers == 0);
    CHECK(options.depth == 0);
}
