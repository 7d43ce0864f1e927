#include "container/job_source.hpp"

#include "container/read_source.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/job/load_job.hpp"
#include "stages/seal/base64.hpp"

namespace af {
namespace {

constexpr std::string_view kInline = "base64:";

std::string bundle_bytes(TaskServices& on, const TaskSettings& settings) {
    if (!settings.bundle.starts_with(kInline))
        return read_source(on, settings, settings.bundle, BundleLimits().max_bytes);
    auto bytes = strict_base64(std::string_view(settings.bundle).substr(kInline.size()));
    if (!bytes) throw Error(ErrorKind::usage, "AF_JOB_BUNDLE is not in base64");
    return std::move(*bytes);
}

}  // namespace

std::filesystem::path bundle_folder(const TaskServices& on) { return on.scratch() / "job"; }

Job load_task_job(TaskServices& on, const TaskSettings& settings) {
    std::filesystem::path place = settings.job;
    if (!settings.bundle.empty()) {
        const std::filesystem::path folder = bundle_folder(on);
        unpack_bundle(bundle_bytes(on, settings), settings.bundle_sha256, folder);
        place = settings.job == "." ? folder : folder / settings.job;
    }
    Job job = load_job(place);
    if (settings.reducers > 0) job.reducers = settings.reducers;
    return job;
}

}  // namespace af
