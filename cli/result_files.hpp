// The files of a result in one or several partitions: all of them appear, or none.
#pragma once

#include "stages/result_file.hpp"

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace af {

// Throws Error(usage) when the folder of `output` is not there.
void check_folder_of(const std::filesystem::path& output);

// result.txt, or result-00000.txt and so on for several; all to one stdout.
std::vector<std::filesystem::path> result_paths(const std::string& output, std::size_t parts);

class ResultFiles {
public:
    ResultFiles(const std::vector<std::filesystem::path>& paths, const std::filesystem::path& scratch);
    ResultFile& part(std::size_t number) { return *files_.at(number); }
    // Every part is on disk before the first one appears.
    std::vector<ResultFacts> prepare();
    // All parts or none. Throws Error(cancelled) once `stop` is requested.
    void commit(const std::stop_token& stop);
    void withdraw() noexcept;

private:
    std::vector<std::unique_ptr<ResultFile>> files_;
};

}  // namespace af
