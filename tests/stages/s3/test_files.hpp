// Small files in a folder of their own that lives as long as the object.
#pragma once

#include "engine/file.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace af::test {

using Texts = std::map<std::string, std::string>;  // content by name

class Files {
public:
    explicit Files(const Texts& texts) {
        for (const auto& [name, text] : texts) {
            std::filesystem::create_directories((folder_.path() / name).parent_path());
            std::ofstream(folder_.path() / name, std::ios::binary) << text;
        }
    }
    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

private:
    ScratchFolder folder_{std::filesystem::temp_directory_path()};
};

}  // namespace af::test
