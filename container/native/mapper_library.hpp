// A shared object with a map function in the form of container/include/af_mapper.h.
//
// Errors   Error(config): it does not load, exports nothing of the kind, speaks another version, or its init fails.
// Threads  one thread at a time. The object is never unloaded.
#pragma once

#include "container/include/af_mapper.h"

#include <filesystem>
#include <string>
#include <vector>

namespace af {

class MapperLibrary {
public:
    explicit MapperLibrary(const std::filesystem::path& path);

    // Before the first map(). `arguments` must outlive this; `out` takes what init has to say.
    int init(const std::vector<std::string>& arguments, const af_output& out);
    int map(const af_record& record, const af_output& out) { return mapper_->map(state_, &record, &out); }
    int finish(const af_output& out) { return mapper_->finish ? mapper_->finish(state_, &out) : 0; }

private:
    const af_mapper* mapper_ = nullptr;
    void* state_ = nullptr;
    std::vector<const char*> arguments_;
};

}  // namespace af
