#include "container/requirements.hpp"

#include "container/task_log.hpp"
#include "engine/process.hpp"
#include "stages/child_environment.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>

namespace af {
namespace {

ProcessSpec pip(const std::filesystem::path& folder, const std::filesystem::path& target, const Services& services) {
    ProcessSpec spec;
    spec.argv = {"python3",
                 "-m",
                 "pip",
                 "install",
                 "--quiet",
                 "--no-input",
                 "--disable-pip-version-check",
                 "--no-cache-dir",
                 "--target",
                 target.string(),
                 "--requirement",
                 "requirements.txt"};
    spec.environment = services.child_environment;
    spec.working_dir = folder.string();
    spec.run_as = services.run_as;
    spec.name = "requirements.txt: pip";
    spec.on_stderr = [say = services.user_line](std::string_view line) { say(std::string(line)); };
    return spec;
}

Task<void> run_to_its_end(Executor network, ProcessSpec spec, std::stop_token stop) {
    Process process = Process::start(std::move(network), std::move(spec));
    process.stop_on(std::move(stop));
    process.close_stdin();
    std::array<char, 4096> said{};
    for (;;) {
        const std::size_t count = co_await process.read_some(said);
        if (count == 0) break;
    }
    co_await process.wait_for_success();
}

}  // namespace

void install_requirements(const std::filesystem::path& folder, Services& services) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder / "requirements.txt", ignored)) return;
    const std::filesystem::path target = services.scratch / "packages";
    const bool made = ::mkdir(target.c_str(), 0755) == 0 &&
                      (!services.run_as || ::chown(target.c_str(), services.run_as->uid, services.run_as->gid) == 0);
    if (!made) throw os_error(errno, "make a folder for Python packages").about(target.string());
    say("installing what requirements.txt names");
    try {
        Task<void> install =
            run_to_its_end(services.runtime.net().executor, pip(folder, target, services), services.control.token());
        services.runtime.block_on(std::move(install));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::child_exit) throw;
        throw Error(ErrorKind::config, error.what())
            .about("requirements.txt")
            .hint("the image needs pip, and a way to the packages: a wheel in the bundle, or a package index");
    }
    set_variable(services.child_environment, "PYTHONPATH", target.string());
}

}  // namespace af
