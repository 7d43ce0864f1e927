#include "stages/builtin/escape.hpp"

#include <array>

namespace af {
namespace {

constexpr auto kEscaped = [] {
    std::array<bool, 256> escaped{};
    for (const char c : {'\\', '\t', '\n', '\r'}) escaped[static_cast<unsigned char>(c)] = true;
    return escaped;
}();

}  // namespace

void append_escaped(std::string& to, std::string_view text, char also) {
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!kEscaped[static_cast<unsigned char>(c)] && c != also) continue;
        to.append(text, clean, i - clean);
        to.push_back('\\');
        to.push_back(c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c);
        clean = i + 1;
    }
    to.append(text, clean, text.npos);
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out.push_back(text[i]);
            continue;
        }
        const char c = text[++i];
        out.push_back(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c);
    }
    return out;
}

}  // namespace af
