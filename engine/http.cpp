#include "engine/http.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (same_name(key, name)) return value;
    }
    return std::nullopt;
}

Task<std::string> read_all(HttpBody& body, std::size_t max_bytes) {
    std::string text;
    for (;;) {
        std::optional<Block> block = co_await body.next();
        if (!block) co_return text;
        if (block->size() > max_bytes - text.size()) {
            throw Error(ErrorKind::corrupt, fmt::format("the reply is longer than {} bytes", max_bytes));
        }
        text += block->view();
    }
}

}  // namespace af
