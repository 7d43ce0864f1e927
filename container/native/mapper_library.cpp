#include "container/native/mapper_library.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <cstddef>
#include <dlfcn.h>

namespace af {
namespace {

// What a mapper of the first version has; a later one has more behind it.
constexpr std::size_t kLeastBytes = offsetof(af_mapper, finish) + sizeof(af_mapper::finish);

Error refused(const std::filesystem::path& path, const std::string& why) {
    return Error(ErrorKind::config, fmt::format("{}: {}", path.filename().string(), why)).about(path.string());
}

std::string last_error() {
    const char* text = ::dlerror();
    return text ? text : "no reason given";
}

}  // namespace

MapperLibrary::MapperLibrary(const std::filesystem::path& path) {
    void* object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object) throw refused(path, last_error());
    auto* get = reinterpret_cast<const af_mapper* (*)()>(::dlsym(object, "af_mapper_v1"));
    if (!get) throw refused(path, "it exports no af_mapper_v1 (container/include/af_mapper.h)");
    mapper_ = get();
    if (!mapper_ || !mapper_->map || mapper_->size < kLeastBytes)
        throw refused(path, "af_mapper_v1 gives no map function");
    if (mapper_->abi != AF_MAPPER_ABI) {
        throw refused(path, fmt::format("it is made for version {} of af_mapper.h, this program for {}", mapper_->abi,
                                        AF_MAPPER_ABI));
    }
}

int MapperLibrary::init(const std::vector<std::string>& arguments, const af_output& out) {
    for (const std::string& argument : arguments) arguments_.push_back(argument.c_str());
    const int count = static_cast<int>(arguments_.size());
    arguments_.push_back(nullptr);
    return mapper_->init ? mapper_->init(count, arguments_.data(), &out, &state_) : 0;
}

}  // namespace af
