#include "stages/job/job_digest.hpp"

#include "engine/file.hpp"
#include "stages/digest.hpp"

namespace af {

std::string job_digest(const Job& job) {
    constexpr std::size_t kScriptBytes = std::size_t{64} << 20;
    Sha256 digest;
    const auto add = [&](const std::filesystem::path& file) { digest.add(read_text(file, kScriptBytes)); };
    add(job.file);
    if (!job.map.builtin) add(job.map.code.script);
    if (job.combine && job.combine->code) add(job.combine->code->script);
    if (job.reduce && job.reduce->code) add(job.reduce->code->script);
    return digest.hex();
}

}  // namespace af
