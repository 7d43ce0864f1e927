#include "stages/seal/flat_json.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {
namespace {

class Reader {
public:
    Reader(std::string_view text, std::string_view what) : text_(text), what_(what) {}

    std::vector<FlatMember> object() {
        std::vector<FlatMember> members;
        expect('{');
        if (!taken('}')) {
            do {
                members.push_back(member());
                check_last(members);
            } while (taken(','));
            expect('}');
        }
        skip_space();
        if (at_ != text_.size()) refuse("something follows the object");
        return members;
    }

private:
    FlatMember member() {
        FlatMember member;
        member.name = string();
        expect(':');
        skip_space();
        member.is_text = at_ < text_.size() && text_[at_] == '"';
        member.value = member.is_text ? string() : number();
        return member;
    }

    std::string_view string() {
        expect('"');
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_];
            if (c == '\\' || c < 0x20 || c > 0x7e) refuse("an escape, or a byte that is not printable ASCII");
            ++at_;
        }
        expect('"', false);
        return text_.substr(start, at_ - 1 - start);
    }

    std::string_view number() {
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        const std::string_view digits = text_.substr(start, at_ - start);
        const bool is_number = !digits.empty() && digits.size() <= 9 && (digits.size() == 1 || digits[0] != '0');
        if (!is_number) refuse("neither a string nor a small whole number");
        return digits;
    }

    void check_last(const std::vector<FlatMember>& members) const {
        const FlatMember& last = members.back();
        const auto same = [&](const FlatMember& other) { return other.name == last.name; };
        if (std::any_of(members.begin(), members.end() - 1, same)) refuse("a name occurs twice");
        if (members.size() > kMostFlatMembers) refuse("too many members");
    }

    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    bool taken(char c) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    void expect(char c, bool after_space = true) {
        if (after_space) skip_space();
        if (at_ == text_.size() || text_[at_] != c) refuse(fmt::format("no '{}'", c));
        ++at_;
    }

    [[noreturn]] void refuse(std::string_view why) const {
        throw Error(ErrorKind::config, fmt::format("{}: not the JSON it should be: {} at byte {}", what_, why, at_));
    }

    std::string_view text_;
    std::string_view what_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<FlatMember> parse_flat_json(std::string_view text, std::string_view what) {
    return Reader(text, what).object();
}

std::vector<std::string_view> expect_texts(const std::vector<FlatMember>& members,
                                           const std::vector<std::string_view>& names, std::string_view what) {
    std::vector<std::string_view> values;
    for (std::string_view name : names) {
        const auto named = [&](const FlatMember& member) { return member.name == name; };
        const auto found = std::find_if(members.begin(), members.end(), named);
        if (found == members.end()) throw Error(ErrorKind::config, fmt::format("{}: \"{}\" is missing", what, name));
        if (!found->is_text) throw Error(ErrorKind::config, fmt::format("{}: \"{}\" is not a string", what, name));
        values.push_back(found->value);
    }
    if (members.size() > names.size()) {
        throw Error(ErrorKind::config, fmt::format("{}: {} unknown to this version", what,
                                                   members.size() - names.size() == 1 ? "a member is" : "members are"));
    }
    return values;
}

}  // namespace af
