#include "cli/doctor/machine.hpp"

#include "engine/file.hpp"
#include "stages/flow/session.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <cerrno>

namespace af {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLittleBytes = 1'000'000'000;
constexpr std::uint64_t kLeastBytes = 10'000'000;

}  // namespace

Finding check_settings(const Environment& environment, const fs::path& folder, Settings& settings) {
    return checked("settings", std::nullopt, "correct the file, or take it away", [&] {
        settings = Settings::load(environment, folder);
        std::string files;
        if (const auto project = project_settings_file(folder)) files = project->string();
        const fs::path user = config_folder(environment) / kUserSettingsFile;
        std::error_code ignored;
        if (fs::exists(user, ignored)) files += (files.empty() ? "" : ", ") + user.string();
        return ok(files.empty() ? "no file; variables and what is built in" : files);
    });
}

Finding check_state_folder(const Environment& environment) {
    return checked("state folder", std::nullopt, "make it writable, or set XDG_STATE_HOME to a folder that is", [&] {
        const fs::path folder = state_folder(environment);
        std::error_code failed;
        fs::create_directories(folder, failed);
        if (failed)
            return wrong(cli_exit_status(ErrorKind::usage),
                         fmt::format("cannot make {}: {}", folder.string(), failed.message()),
                         "make it writable, or set XDG_STATE_HOME to a folder that is");
        File::anonymous(folder).append("af");
        return ok(folder.string());
    });
}

Finding room_finding(const std::string& folder, std::uint64_t free_bytes) {
    const std::string text = fmt::format("{} free in {}", size_text(free_bytes), folder);
    const std::string advice = "make room, or set TMPDIR to a folder on another disk";
    if (free_bytes < kLeastBytes) return wrong(exit_code(ErrorKind::no_space), text, advice);
    if (free_bytes < kLittleBytes) return warning(text, advice);
    return ok(text);
}

Finding check_disk(const Environment& environment) {
    return checked("disk", std::nullopt, "set TMPDIR to a folder that may be written to", [&] {
        const std::string folder = scratch_parent(environment).string();
        File::anonymous(folder).append("af");
        struct statvfs facts {};
        if (::statvfs(folder.c_str(), &facts) != 0) throw os_error(errno, "look at " + folder).about(folder);
        return room_finding(folder, std::uint64_t{facts.f_bavail} * facts.f_frsize);
    });
}

}  // namespace af
