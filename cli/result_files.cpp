#include "cli/result_files.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>

namespace af {

void check_folder_of(const std::filesystem::path& output) {
    const std::filesystem::path folder = output.parent_path();
    std::error_code ignored;
    if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return;
    throw Error(ErrorKind::usage,
                fmt::format("cannot write {}: there is no folder {}", output.string(), folder.string()))
        .about(output.string())
        .hint("create the folder, or name another file");
}

std::vector<std::filesystem::path> result_paths(const std::string& output, std::size_t parts) {
    const std::filesystem::path path(output);
    if (parts == 1 || output == "-") return std::vector<std::filesystem::path>(parts, path);
    std::vector<std::filesystem::path> paths;
    for (std::size_t i = 0; i < parts; ++i)
        paths.push_back(path.parent_path() /
                        fmt::format("{}-{:05}{}", path.stem().string(), i, path.extension().string()));
    return paths;
}

ResultFiles::ResultFiles(const std::vector<std::filesystem::path>& paths, const std::filesystem::path& scratch) {
    for (const auto& path : paths) files_.push_back(std::make_unique<ResultFile>(path, scratch));
}

std::vector<ResultFacts> ResultFiles::prepare() {
    std::vector<ResultFacts> facts;
    for (auto& file : files_) facts.push_back(file->prepare());
    return facts;
}

void ResultFiles::commit(const std::stop_token& stop) {
    try {
        for (auto& file : files_) file->commit(stop);
    } catch (...) {
        withdraw();
        throw;
    }
}

void ResultFiles::withdraw() noexcept {
    for (auto& file : files_) file->withdraw();
}

}  // namespace af
