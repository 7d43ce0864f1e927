#include "container/native/native_output.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMostReason = 1 << 10;
constexpr std::size_t kMostLine = 64 << 20;

}  // namespace

NativeOutput::NativeOutput() {
    table_.size = sizeof table_;
    table_.context = this;
    table_.emit = [](void* self, const char* key, std::size_t key_size, const char* value, std::size_t value_size) {
        return static_cast<NativeOutput*>(self)->emit({key, key_size}, {value, value_size});
    };
    table_.count = [](void* self, const char* group, const char* name, std::int64_t amount) {
        static_cast<NativeOutput*>(self)->fresh_[std::string(group) + '\t' + name] += amount;
    };
    table_.error = [](void* self, const char* text, std::size_t size) {
        static_cast<NativeOutput*>(self)->set_error({text, size});
    };
}

void NativeOutput::set_error(std::string_view text) { error_ = text.substr(0, kMostReason); }

void NativeOutput::begin_record() {
    kept_ = lines_.size();
    fresh_.clear();
    error_.clear();
    refused_.clear();
}

std::string NativeOutput::end_record(int status) {
    if (status == 0 && refused_.empty()) {
        for (const auto& [name, amount] : fresh_) counters_[name] += amount;
        return {};
    }
    lines_.resize(kept_);
    if (!refused_.empty()) return refused_;
    return error_.empty() ? fmt::format("map returned {}", status) : error_;
}

int NativeOutput::emit(std::string_view key, std::string_view value) {
    if (key.find_first_of("\t\n") != key.npos) {
        refused_ = "a key that holds a TAB or a newline";
    } else if (value.find('\n') != value.npos) {
        refused_ = "a value that holds a newline";
    } else if (key.size() + value.size() > kMostLine) {
        refused_ = "a line of more than 64 MiB";
    } else {
        lines_.append(key).append("\t").append(value).append("\n");
        return 0;
    }
    return -1;
}

}  // namespace af
