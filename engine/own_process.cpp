#include "engine/own_process.hpp"

#include "engine/error.hpp"

#include <filesystem>
#include <malloc.h>
#include <sys/resource.h>

namespace af {
namespace {

double cpu_seconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void keep_freed_memory() {
    ::mallopt(M_MMAP_THRESHOLD, 64 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

void raise_open_files() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

std::string own_program() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) throw os_error(error.value(), "find out which program this is");
    return path.string();
}

double own_cpu_seconds() { return cpu_seconds(RUSAGE_SELF); }
double children_cpu_seconds() { return cpu_seconds(RUSAGE_CHILDREN); }

}  // namespace af
