#include "stages/builtin/spec.hpp"
#include "stages/filter/filter.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMostSteps = 32;

// '["..."]' at the front of `text`, in which \" and \\ stand for themselves.
PathStep take_quoted(std::string_view& text) {
    PathStep step;
    std::size_t at = 2;
    for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        step.member.push_back(text[at]);
    }
    if (text.substr(std::min(at, text.size()), 2) != "\"]") throw BadPath{"a [\" is not closed by \"]"};
    text.remove_prefix(at + 2);
    return step;
}

PathStep take_index(std::string_view& text) {
    PathStep step{.is_index = true, .member = {}, .index = 0};
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), step.index);
    if (error != std::errc() || end == text.data() + text.size() || *end != ']')
        throw BadPath{"between [ and ] is no whole number"};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return step;
}

PathStep take_member(std::string_view& text) {
    PathStep step;
    step.member = text.substr(0, text.find_first_of(".["));
    if (step.member.empty()) throw BadPath{"a name is empty"};
    text.remove_prefix(step.member.size());
    return step;
}

std::size_t dimension_of(const PathStep& step) {
    const auto at = std::find(kLevelNames.begin(), kLevelNames.end(), step.member);
    if (at == kLevelNames.end() || step.is_index) {
        throw BadPath{
            "a file has the dimensions reason, appName, appUpdateChannel, appVersion, appBuildID and submission_date"};
    }
    return static_cast<std::size_t>(at - kLevelNames.begin());
}

// uuid and file are not of the record, unless a `$.` before them says so.
void set_root(ValuePath& path) {
    if (path.steps.empty() || path.steps.front().is_index) return;
    const std::string& first = path.steps.front().member;
    if (first != "uuid" && first != "file") return;
    if (path.steps.size() == 1) {
        path.root = first == "uuid" ? ValuePath::Root::uuid : ValuePath::Root::file;
    } else if (first == "file" && path.steps.size() == 2) {
        path.root = ValuePath::Root::dimension;
        path.dimension = dimension_of(path.steps[1]);
    } else {
        throw BadPath{"nothing lies inside of " + first + "; a member of the record by this name is $." + first};
    }
    path.steps.clear();
}

}  // namespace

ValuePath parse_path(std::string_view text) {
    ValuePath path;
    path.text = text;
    if (text.empty()) throw BadPath{"it is empty"};
    const bool of_record = text.front() == '$' && (text.size() == 1 || text[1] == '.' || text[1] == '[');
    if (of_record) text.remove_prefix(1);
    bool first = !of_record;
    while (!text.empty()) {
        if (text.starts_with("[\"")) {
            path.steps.push_back(take_quoted(text));
        } else if (text.front() == '[') {
            path.steps.push_back(take_index(text));
        } else {
            if (!first && text.front() != '.') throw BadPath{"after a ] comes a . or a ["};
            if (!first) text.remove_prefix(1);
            path.steps.push_back(take_member(text));
        }
        first = false;
        if (path.steps.size() > kMostSteps) throw BadPath{fmt::format("it has more than {} steps", kMostSteps)};
    }
    if (!of_record) set_root(path);
    return path;
}

}  // namespace af
