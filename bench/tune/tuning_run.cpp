#include "bench/tune/tuning_run.hpp"

#include "bench/tune/timed_run.hpp"
#include "engine/file.hpp"

#include <cerrno>
#include <fstream>

namespace af::bench {
namespace {

constexpr std::size_t kMostIndexBytes = std::size_t{256} << 20;

void add_width(std::vector<std::string>& command, const char* option, unsigned width) {
    if (width == 0) return;
    command.emplace_back(option);
    command.push_back(std::to_string(width));
}

}  // namespace

std::vector<InputObject> list_objects(const TuneTarget& target, const std::filesystem::path& scratch) {
    const std::filesystem::path listed = scratch / "objects.tsv";
    std::vector<std::string> command{target.af.string(), "index", "-q"};
    command.insert(command.end(), target.store_options.begin(), target.store_options.end());
    if (!target.filter.empty()) command.insert(command.end(), {"--filter", target.filter});
    command.insert(command.end(), target.inputs.begin(), target.inputs.end());
    timed_run(command, "/dev/null", listed);
    return parse_index(read_text(listed, kMostIndexBytes));
}

TuningRun::TuningRun(TuneTarget target, std::vector<InputObject> objects, std::filesystem::path scratch)
    : target_(std::move(target)), objects_(std::move(objects)), scratch_(std::move(scratch)) {}

double TuningRun::operator()(const Tuning& tuning, double share) {
    const std::filesystem::path input = scratch_ / "sample.tsv";
    {
        std::ofstream list(input, std::ios::trunc);
        for (const InputObject& object : sample(objects_, share)) list << object.name << '\t' << object.bytes << '\n';
        if (!list.flush()) throw os_error(errno, "write").about(input.string());
    }
    std::vector<std::string> command{target_.af.string(), "run", "-q", "--no-tuning", "--job", target_.job.string()};
    command.insert(command.end(), target_.store_options.begin(), target_.store_options.end());
    add_width(command, "--workers", tuning.workers);
    add_width(command, "--decoders", tuning.decoders);
    add_width(command, "--fetch-width", tuning.fetch);
    add_width(command, "--depth", tuning.depth);
    command.emplace_back("-");  // names as af index gave them: relative to here, if they are
    ++runs_;
    return timed_run(command, input);
}

}  // namespace af::bench
